"""lock: one deployment at a time; the commands of this one are marked as its own."""

from __future__ import annotations

from ...machine import orphans
from ...site import lock
from ..context import Context


def do(ctx: Context) -> str:
    """Take the lock and mark this deployment's commands; raises Locked naming who has it."""
    ctx.root.path.mkdir(parents=True, exist_ok=True)
    ctx.lock = lock.take(ctx.root)
    before = lock.holder(ctx.root)
    ctx.took_over = before is not None
    ctx.host = orphans.marked(ctx.host, ctx.release.id)
    lock.sign(ctx.root)
    return f"taken over from {before.user}, process {before.pid}, since {before.since}, which ended" if before else ""


def leave(ctx: Context) -> None:
    """Give the lock back, at the end of a deployment, however it ended."""
    if ctx.lock is not None:
        lock.leave(ctx.root, ctx.lock)
        ctx.lock = None
