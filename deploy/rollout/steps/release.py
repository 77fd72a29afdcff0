"""release: one immutable, complete copy of the code."""

from __future__ import annotations

from ...site import code, copying, static
from ...site.on_disk import kept, remove
from ..context import Context


def do(ctx: Context) -> str:
    """Copy the project into its own folder, and name its static files after their content; what was left out is told.

    Raises Refused for a link that leads out of the project.
    """
    release, previous = ctx.release, ctx.previous
    left_out = release.settings.leave_out
    held = code.everything(ctx.project) if ctx.whole else code.held(ctx.host, ctx.project, left_out)
    ctx.left_out = copying.copy(ctx.host, ctx.project, held, release.folder)
    ctx.notes += code.told(ctx.left_out)
    folder = static.folder_of(release.folder, release.settings.application)
    before = static.folder_of(previous.folder, previous.settings.application) if previous else None
    if folder:
        static.add_names(folder)
        if before:
            static.keep_names(folder, before)
        found = [(each.folder, static.folder_of(each.folder, each.settings.application)) for each in kept(ctx.root)]
        static.keep_bundled(release.folder, folder, [(each, files) for each, files in found if files])
        copying.publish(release.folder, folder)
    return ctx.release.id


def undo(ctx: Context) -> None:
    """Remove a release that did not go live, and all that is its own elsewhere."""
    remove(ctx.host, ctx.root, ctx.release.id)
