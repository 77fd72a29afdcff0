"""bundle: the artifact for hosts, for every tested Debian when none is named."""

from __future__ import annotations

from .. import fleet
from ..cli.request import Answer, Request


def run(request: Request) -> Answer:
    """Says where it lies; raises DeployError."""
    return fleet.run(request)
