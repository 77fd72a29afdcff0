"""logs: all logs of the site in one stream."""

from __future__ import annotations

from ..errors import Refused
from ..follow import follow
from ..request import Answer, Request


def run(request: Request) -> Answer:
    """Lines as they are written, until it is interrupted; raises Refused."""
    root = request.root()
    if not root.logs.exists():  # a deployment that failed has some, too
        request.live()
    given = request.given
    if given.lines < 0:
        raise Refused(f"LINES is {given.lines}: it may be 0 or more")
    return Answer(follow(root, given.lines, given.request or "", given.once))
