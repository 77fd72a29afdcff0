"""record: the journal says that the release is live: it is verified, and only the old one's end is still to come."""

from __future__ import annotations

from ...site import journal
from ..context import Context


def do(ctx: Context) -> str:
    """From here on a deployment that is killed is finished by the next one, not undone."""
    ctx.unrecorded = journal.size(ctx.root)
    journal.record(ctx.root, ctx.release, ctx.action, journal.LIVE, ctx.who, ctx.began)
    return ""


def undo(ctx: Context) -> None:
    """The old release did not end well, or the disk is full, so the new one is not live: taking back needs no room."""
    if ctx.unrecorded is not None:
        journal.cut(ctx.root, ctx.unrecorded)
