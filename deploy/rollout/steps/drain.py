"""drain: the old release's processes finish what they have begun and end."""

from __future__ import annotations

from ...machine.files import File
from ...machine.processes import await_end
from ..context import Context
from . import verify


def do(ctx: Context) -> str:
    """Stop the old processes; where both releases accepted on one socket, only now can all answers be the new one's.

    A front end that was reloaded finishes its requests with its former processes, some of which it has not passed on
    yet: nginx and lighttpd first read an upload to its end. So those processes go first.
    """
    if ctx.previous is None or ctx.previous == ctx.release:
        return ""
    await_end(ctx.leaving, ctx.previous.settings.graceful_timeout)
    _apply(ctx, ctx.after)
    verify.expect(ctx, verify.IN_A_ROW)
    return ctx.previous.id


def undo(ctx: Context) -> None:
    """Start the old processes again."""
    if ctx.previous is not None:
        _apply(ctx, ctx.switched)


def _apply(ctx: Context, fragments: list[File]) -> None:
    patience = max(ctx.release.settings.graceful_timeout, ctx.previous.settings.graceful_timeout if ctx.previous else 0)
    ctx.supervisor.apply(fragments, patience)
