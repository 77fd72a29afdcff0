"""switch: `current` names the new release, and the front end reads its configuration from there."""

from __future__ import annotations

from ..context import Context
from ..files import point


def do(ctx: Context) -> str:
    """One os.replace, then a graceful reload of the front end, or its start when it is another one."""
    ctx.leaving = ctx.supervisor.workers()
    point(ctx.root.current, ctx.release.folder)
    return ctx.supervisor.serve(ctx.switched, ctx.release)


def undo(ctx: Context) -> None:
    """Back to the release before; a front end that had to leave its address at the start is back with start's undo."""
    point_back(ctx)
    if ctx.previous and ctx.beside:
        ctx.supervisor.serve(ctx.started, ctx.previous)


def point_back(ctx: Context) -> None:
    """`current` names the release before, or nothing."""
    if ctx.previous:
        point(ctx.root.current, ctx.previous.folder)
    else:
        ctx.root.current.unlink(missing_ok=True)
