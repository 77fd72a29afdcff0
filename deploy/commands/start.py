"""start: a stopped site again, as it was."""

from __future__ import annotations

from .. import plan, steps, supervise
from ..request import Answer, Request
from ..rollout import roll_out


def run(request: Request) -> Answer:
    """The release that was live last is live again; nothing is done when it runs. Raises DeployError."""
    root, release = request.live()
    if supervise.serving(request.host, root, release):
        return Answer([f"it runs: {release.url}"])
    ctx = plan.rollback(request.host, request.project, root, release)
    ctx.who = request.who()
    return roll_out(ctx, steps.ROLLBACK, "start", request.progress)
