"""pins: requirements/ anew."""

from __future__ import annotations

from ..cli.request import Answer, Request
from . import pinning


def run(request: Request) -> Answer:
    """pip-tools' exit code."""
    with request.progress:
        return Answer(code=pinning.pin(request.host, request.project, request.given.upgrade, request.progress))
