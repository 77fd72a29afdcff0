"""schema: the JSON schema of config/<environment>.json."""

from __future__ import annotations

import json

from .. import settings
from ..cli.request import Answer, Request


def run(request: Request) -> Answer:
    """What config/schema.json is written from."""
    return Answer([json.dumps(settings.schema(), indent=2)])
