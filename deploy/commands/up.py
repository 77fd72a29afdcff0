"""up: make a release and put it live."""

from __future__ import annotations

import os

from .. import plan, refusals, steps
from ..request import Answer, Request
from ..rollout import roll_out


def run(request: Request) -> Answer:
    """Says what is live; raises DeployError."""
    given = request.given
    ctx = plan.deployment(request.host, request.project, given.adapter, given.environment, request.settings(),
                          given.id or "", given.commit or "")  # fmt: skip
    ctx.who, ctx.whole = request.who(), bool(given.id)
    if os.geteuid() == 0 and not ctx.host.user:
        note = f"note: {refusals.SITE_USER} cannot enter {ctx.root.path}, so the application will run as root"
        request.progress.tell(note)
    return roll_out(ctx, steps.STEPS, "deploy", request.progress)
