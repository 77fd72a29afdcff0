"""stop: end the site's processes; what is on disk stays."""

from __future__ import annotations

from .. import supervise
from ..request import Answer, Request
from ..supervise import left


def run(request: Request) -> Answer:
    """What was stopped; raises Failed when something goes on running."""
    root, release = request.live()
    supervisor = supervise.of(request.host, root, release.settings.supervisor)
    if not supervisor.running() and not left.end(root):
        return Answer([f"nothing runs in {root.path}"])
    if supervisor.running():
        supervisor.stop(release.settings.graceful_timeout)
    return Answer([f"stopped: {release.url}"])
