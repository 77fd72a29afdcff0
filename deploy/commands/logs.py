"""logs: all logs of the site in one stream."""

from __future__ import annotations

from .. import supervisors
from ..cli.request import Answer, Request
from ..errors import Refused
from ..site.follow import follow
from ..site.on_disk import live


def run(request: Request) -> Answer:
    """Lines as they are written, until it is interrupted; raises Refused."""
    root = request.root()
    if not root.logs.exists():  # a deployment that failed has some, too
        request.live()
    given = request.given
    if given.lines < 0:
        raise Refused(f"LINES is {given.lines}: it may be 0 or more")
    release = live(root)
    others = supervisors.of(request.host, root, release.settings.supervisor).sources() if release else []
    return Answer(follow(root, others, given.lines, given.request or "", given.once))
