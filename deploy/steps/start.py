"""start: the new release's processes, beside the old ones; they are waited for until they are ready."""

from __future__ import annotations

from .. import bundle, logs, readiness, supervise
from ..context import Context


def do(ctx: Context) -> str:
    """Raises Failed when a process does not become ready."""
    logs.mark(ctx.root)
    process, settings = bundle.process(ctx.release), ctx.release.settings
    with readiness.announcements(ctx.host, ctx.root) as channel:
        supervise.apply(ctx.host, ctx.root, ctx.supervisor_venv, ctx.started, settings.graceful_timeout)
        announced = process.announced if process else 0
        readiness.await_ready(channel, announced, settings.start_timeout, ctx.root)
    return f"{announced} processes ready" if announced else ""


def undo(ctx: Context) -> None:
    """Go back to what ran before."""
    patience = ctx.release.settings.graceful_timeout
    if ctx.before:
        supervise.apply(ctx.host, ctx.root, ctx.supervisor_venv, ctx.before, patience)
    elif supervise.running(ctx.root):
        supervise.stop(ctx.host, ctx.root, ctx.supervisor_venv, patience)
