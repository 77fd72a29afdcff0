"""stop: end the site's processes; what is on disk stays."""

from __future__ import annotations

from .. import supervisors
from ..cli.request import Answer, Request
from ..supervisors.circus import survivors


def run(request: Request) -> Answer:
    """What was stopped, also what a supervisor that was killed has left; raises Failed when something goes on."""
    root, release = request.live()
    patience = release.settings.graceful_timeout
    supervisor = supervisors.of(request.host, root, release.settings.supervisor)
    leaders, runs = survivors.groups(root), supervisor.running()
    survivors.finish(root, leaders, patience)
    if runs:
        supervisor.stop(patience)
    elif leaders:
        survivors.forget(root)
    return Answer([f"stopped: {release.url}" if runs or leaders else f"nothing runs in {root.path}"])
