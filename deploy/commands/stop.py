"""stop: end the site's processes; what is on disk stays."""

from __future__ import annotations

from .. import supervise
from ..request import Answer, Request


def run(request: Request) -> Answer:
    """What was stopped; raises Failed when something goes on running."""
    root, release = request.live()
    if not supervise.running(root):
        return Answer([f"nothing runs in {root.path}"])
    supervise.stop(request.host, root, supervise.venv(root), release.settings.graceful_timeout)
    return Answer([f"stopped: {release.url}"])
