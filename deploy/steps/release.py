"""release: one immutable, complete copy of the code."""

from __future__ import annotations

from .. import static
from ..context import Context
from ..files import copy_code
from ..release import kept, remove
from ..site import static_folder


def do(ctx: Context) -> str:
    """Copy the project into its own folder, and name its static files after their content."""
    release, previous = ctx.release, ctx.previous
    copy_code(ctx.project, release.folder)
    folder = static_folder(release.folder, release.settings.application)
    before = static_folder(previous.folder, previous.settings.application) if previous else None
    if folder:
        static.add_names(folder)
    if folder and before:
        static.keep_names(folder, before)
    if folder:
        found = [(each.folder, static_folder(each.folder, each.settings.application)) for each in kept(ctx.root)]
        static.keep_bundled(release.folder, folder, [(each, files) for each, files in found if files])
    return ctx.release.id


def undo(ctx: Context) -> None:
    """Remove a release that did not go live, and all that is its own elsewhere."""
    remove(ctx.root, ctx.release.id)
