"""Settings as words of a command line, and the word that somebody may have meant."""

from __future__ import annotations

import difflib
import json
import re
from typing import Any, get_origin

from . import Settings


def parse(key: str, text: str) -> Any:
    """A command-line word as the setting's type; a text that does not fit stays text, for the check to refuse.

    A list is written as in JSON, or as the one thing that it holds; headers as a JSON object.
    """
    kind = Settings.model_fields[key].annotation
    if get_origin(kind) in (list, dict):
        try:
            return json.loads(text) if text.startswith(("[", "{")) else [text] if text else []
        except ValueError:
            return text
    if kind is bool:
        return {"true": True, "false": False, "on": True, "off": False, "1": True, "0": False}.get(text.lower(), text)
    return int(text) if kind is int and re.fullmatch(r"-?\d+", text, re.ASCII) else text


def spell(value: Any) -> str:
    """A setting's value as `parse` reads it."""
    return json.dumps(value) if isinstance(value, list | dict) else str(value)


def suggest(key: str) -> str:
    """How to go on after an unknown setting: the nearest known ones, or all of them."""
    near = difflib.get_close_matches(key, Settings.model_fields, 3)
    return f": did you mean {' or '.join(near)}?" if near else f": the settings are {', '.join(Settings.model_fields)}"
