"""switch: `current` names the new release, and the front end reads its configuration from there."""

from __future__ import annotations

from ...machine.files import point
from ...site import journal
from ..context import Context


def do(ctx: Context) -> str:
    """One os.replace, then a graceful reload of the front end, or its start when it is another one; nothing where the
    release serves, as after a supervisor was replaced."""
    if ctx.release == ctx.previous:
        return "it serves"
    ctx.leaving = ctx.supervisor.workers()
    ctx.named = ctx.root.current.resolve() if ctx.root.current.exists() else None
    point(ctx.root.current, ctx.release.folder)
    return ctx.supervisor.serve(ctx.switched, ctx.release)


def undo(ctx: Context) -> None:
    """Back to the release before; a front end that had to leave its address at the start is back with start's undo."""
    point_back(ctx)
    if ctx.previous and ctx.beside:
        ctx.supervisor.serve(ctx.started, ctx.previous)


def point_back(ctx: Context) -> None:
    """`current` names what it named before, also when the site was stopped. It never names a release that was not
    live."""
    before = ctx.previous.folder if ctx.previous else ctx.named
    if before:
        point(ctx.root.current, before)
    elif ctx.release.id not in journal.good(ctx.root):
        ctx.root.current.unlink(missing_ok=True)
