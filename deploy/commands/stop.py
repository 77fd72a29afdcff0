"""stop: end the site's processes; what is on disk stays."""

from __future__ import annotations

from .. import supervise
from ..request import Answer, Request
from ..supervise import left


def run(request: Request) -> Answer:
    """What was stopped, also what a supervisor that was killed has left; raises Failed when something goes on."""
    root, release = request.live()
    patience = release.settings.graceful_timeout
    supervisor = supervise.of(request.host, root, release.settings.supervisor)
    leaders, runs = left.groups(root), supervisor.running()
    left.finish(root, leaders, patience)
    if runs:
        supervisor.stop(patience)
    elif leaders:
        left.forget(root)
    return Answer([f"stopped: {release.url}" if runs or leaders else f"nothing runs in {root.path}"])
