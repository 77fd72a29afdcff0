"""up: make a release and put it live."""

from __future__ import annotations

from .. import advice, plan, steps, users
from ..request import Answer, Request
from ..rollout import roll_out


def run(request: Request) -> Answer:
    """Says what is live; raises DeployError."""
    given = request.given
    ctx = plan.deployment(request.host, request.project, given.adapter, given.environment, request.settings(),
                          given.id or "", given.commit or "")  # fmt: skip
    ctx.who, ctx.whole = request.who(), bool(given.id)
    if note := users.shared(ctx.host, ctx.root, ctx.release.settings):
        request.progress.tell(f"note: {note}; {advice.command(ctx.root, 'stop')}, then this again, gives it its own")
    return roll_out(ctx, steps.STEPS, "deploy", request.progress)
