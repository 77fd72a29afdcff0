"""logs: follow all logs of the site."""

from __future__ import annotations

from ..request import Answer, Request


def run(request: Request) -> Answer:
    """They are shown by tail(1), which ends when it is interrupted."""
    root, _ = request.live()
    files = sorted(str(path) for path in root.logs.rglob("*.log"))
    return Answer(code=request.host.attach(["tail", "-n", "50", *([] if request.given.once else ["-F"]), *files]))
