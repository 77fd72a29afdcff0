"""check: the real front end reads its own configuration file."""

from __future__ import annotations

from ..context import Context


def do(ctx: Context) -> str:
    """Run the front end's own check; raises Failed with what it says."""
    if ctx.release.target.standalone:
        return "no front end"
    ctx.supervisor.check(ctx.release, ctx.frontend_binary)
    return ctx.release.target.frontend
