"""start: the new release's processes, beside the old ones; they are waited for until they are ready."""

from __future__ import annotations

from ... import bundle, checks
from ...site import logs
from ..context import Context


def do(ctx: Context) -> str:
    """Raises Failed when a process does not become ready, Refused when somebody has taken the port meanwhile."""
    checks.refuse(ctx.subject, "port")
    logs.mark(ctx.root)
    process = bundle.process(ctx.release)
    announced = process.announced if process and ctx.release != ctx.previous else 0
    ctx.supervisor.start(ctx.started, ctx.release, announced)
    return f"{announced} processes ready" if announced else ""


def undo(ctx: Context) -> None:
    """Go back to what ran before."""
    patience = ctx.release.settings.graceful_timeout
    if ctx.before:
        ctx.supervisor.apply(ctx.before, patience)
    elif ctx.supervisor.running():
        ctx.supervisor.stop(patience)
