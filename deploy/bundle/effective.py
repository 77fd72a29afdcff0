"""The settings that a deployment would use, for people and other tools: `render --format env|json` prints them."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

from ..settings.words import spell
from ..site.facts import Facts
from ..site.release import Release
from . import instance

SECRET = re.compile(r"KEY|PASSW|PASSPHRASE|TOKEN|CREDENTIAL|(?:^|_)SECRET$", re.I)
# In a URL, in its query, and in libpq's key=value, as the application masks.
CREDENTIALS = re.compile(r"(://[^/?#:@]*:).*(?=@)|((?:^|[?&;\s])(?:ssl)?(?:password|pwd)=)(?:'[^']*'|[^&;\s]*)", re.I)
PREFIX = "FLASK_"  # of the variables that Flask reads its configuration from

Sections = dict[str, dict[str, Any]]


def values(release: Release, facts: Facts) -> Sections:
    """Both sections of config/<environment>.json with what is decided by the deployment, secrets masked.

    What stands in the secrets file of the site is not shown: `flask config` says it, masked, as the live release.
    """
    application = facts.application | instance.config(release, facts.application)
    return {"application": masked(application), "deploy": masked(release.settings.model_dump())}


def masked(section: dict[str, Any]) -> dict[str, Any]:
    """The section without secrets."""
    return {name: _masked(name, value) for name, value in section.items()}


def _masked(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return masked(value)
    if SECRET.search(name) and value:
        return "***"
    if isinstance(value, list):
        return [_masked(name, inner) for inner in value]
    return CREDENTIALS.sub(r"\1\2***", value) if isinstance(value, str) else value


def as_json(sections: Sections) -> str:
    """One object with both sections."""
    return json.dumps(sections, indent=2)


def as_env(sections: Sections) -> str:
    """Lines for a shell: the deployment's settings as make takes them, the application's as Flask does."""
    deploy = {name.upper(): spell(value) for name, value in sections["deploy"].items()}
    application = {
        PREFIX + name: value if isinstance(value, str) else json.dumps(value)
        for name, value in sections["application"].items()
    }
    return "\n".join(f"{name}={shlex.quote(value)}" for name, value in (deploy | application).items())


FORMATS = {"json": as_json, "env": as_env}
