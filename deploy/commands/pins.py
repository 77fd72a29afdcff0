"""pins: requirements/ anew."""

from __future__ import annotations

from .. import pins
from ..request import Answer, Request


def run(request: Request) -> Answer:
    """pip-tools' exit code."""
    return Answer(code=pins.pin(request.host, request.project, request.given.upgrade))
