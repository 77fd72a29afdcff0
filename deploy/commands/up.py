"""up: make a release and put it live."""

from __future__ import annotations

import dataclasses

from .. import checks
from ..checks import subject as subjects
from ..checks import users
from ..cli import advice
from ..cli.request import Answer, Request
from ..errors import Refused
from ..rollout import plan, steps
from ..rollout.run import roll_out
from ..site import remembered
from ..site.on_disk import live


def run(request: Request) -> Answer:
    """Says what is live; raises DeployError."""
    given = request.given
    try:
        subject = subjects.of(request)
        checks.refuse(subject)
        python, _ = subject.interpreter
        assert python  # else refused
        ctx = plan.deployment(subject, python, given.environment, given.commit or "")
    except Refused as error:
        before = {name: text for name, text in request.asked().items() if name not in request.words()}
        if before:
            error.args = (f"{error}\ngiven for the live release, and so for this one: {remembered.shown(before)}; "
                          "NAME= forgets one",)  # fmt: skip
        raise
    ctx.who, ctx.whole = request.who(), bool(given.id)
    ctx.release = dataclasses.replace(ctx.release, given=remembered.kept(request.asked()))
    for line in remembered.moves(live(ctx.root), ctx.release):
        request.progress.tell(f"note: the live site is changed: {line}")
    if note := users.shared(ctx.host, ctx.root, ctx.release.settings):
        request.progress.tell(f"note: {note}; {advice.command(ctx.root, 'stop')}, then this again, gives it its own")
    return roll_out(ctx, steps.STEPS, "deploy", request.progress)
