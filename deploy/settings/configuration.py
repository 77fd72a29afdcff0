"""config/<environment>.json: read, typed, and described by a schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import Refused
from . import ENVIRONMENTS, ITS_OWN, Settings
from .words import parse, suggest

OURS = Settings.model_fields["application"].default


def load(project: Path, environment: str, overrides: dict[str, str]) -> Settings:
    """The deploy section of config/<environment>.json with `overrides` (name -> text) on top; raises Refused.

    Where `overrides` name another application, the file's commands are not run: they are those of its own.
    """
    if environment not in ENVIRONMENTS:
        raise Refused(f"ENVIRONMENT is {environment!r}: it may be {', '.join(ENVIRONMENTS)}")
    path = project / "config" / f"{environment}.json"
    shown = f"config/{environment}.json"
    sections = read_json(path, shown)
    for section in sections.keys() - {"application", "deploy", "$schema"}:
        raise Refused(f"{shown}: {section} is not a section: there are application and deploy")
    values = sections.get("deploy", {})
    if not isinstance(values, dict):
        raise Refused(f"{shown}: deploy is {values!r}: it must be an object of settings")
    for key in values.keys() - Settings.model_fields.keys():
        raise Refused(f"{shown}: deploy.{key} is not a setting{suggest(key)}")
    _check(values, f"{shown}: deploy.")
    if overrides.get("application", values.get("application", OURS)) != values.get("application", OURS):
        values = {key: value for key, value in values.items() if key not in ITS_OWN}
    for key in overrides.keys() - Settings.model_fields.keys():
        raise Refused(f"{key.upper()} is not a setting{suggest(key)}")
    return _check({**values, **{key: parse(key, text) for key, text in overrides.items()}}, "", upper=True)


def read_json(path: Path, shown: str) -> dict[str, Any]:
    """A JSON object from a file; raises Refused naming line and column."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Refused(f"{shown} does not exist: every environment has one file in config/") from error
    except json.JSONDecodeError as error:
        raise Refused(f"{shown}: not JSON at line {error.lineno} column {error.colno}: {error.msg}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{shown}: cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise Refused(f"{shown}: holds {found!r}: it must be a JSON object")
    return found


def application(project: Path, environment: str) -> dict[str, Any]:
    """The application's own section of config/<environment>.json; raises Refused."""
    shown = f"config/{environment}.json"
    section: dict[str, Any] = read_json(project / shown, shown).get("application", {})
    return section


def _check(values: dict[str, Any], where: str, upper: bool = False) -> Settings:
    try:
        return Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0])
        allowed = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ").removeprefix("'', ")
        name = key.upper() if upper else key
        raise Refused(f"{where}{name} is {first['input']!r}: it must be {allowed}") from error


def schema() -> dict[str, Any]:
    """The JSON schema of config/<environment>.json, for editors and other tools (config/schema.json)."""
    application = {"type": "object", "description": "Flask's and the application's own configuration"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "config/<environment>.json",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "$schema": {"type": "string"},
            "application": application,
            "deploy": Settings.model_json_schema(),
        },
    }
