"""schema: the JSON schema of config/<environment>.json."""

from __future__ import annotations

import json

from ..cli.request import Answer, Request
from ..settings import configuration


def run(request: Request) -> Answer:
    """What config/schema.json is written from."""
    return Answer([json.dumps(configuration.schema(), indent=2)])
