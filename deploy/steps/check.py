"""check: the real front end reads its own configuration file."""

from __future__ import annotations

from .. import frontends
from ..context import Context


def do(ctx: Context) -> str:
    """Run the front end's own check; raises Failed with what it says."""
    if ctx.release.target.standalone:
        return "no front end"
    room = frontends.load(ctx.release.target.frontend)
    ctx.host.run(room.check(ctx.frontend_binary, str(ctx.release.folder / "frontend" / "server.conf")), timeout=60)
    return ctx.release.target.frontend
