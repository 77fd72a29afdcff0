"""The command line: commands and flags, the flags derived from the settings; make's NAME=value is one more spelling."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping

from .adapters import ADAPTERS
from .errors import Refused
from .settings import ENVIRONMENTS, Settings, suggest

EPILOG = """Settings come from config/<environment>.json; each can be given for this once, as --frontend nginx or
FRONTEND=nginx. Exit codes: 0 live; 1 failed, the earlier release goes on serving; 2 wrong request or settings,
nothing was changed; 3 another deployment is under way; 4 failed and not undone (the message says what to do)."""

# What a command takes beside ROOT and ENVIRONMENT.
EXTRAS: dict[str, tuple[str, dict[str, object]]] = {
    "adapter": ("adapter", {"metavar": "ADAPTER", "help": ", ".join(ADAPTERS)}),
    "release": ("--release", {"metavar": "RELEASE", "help": "a release's id, as 'releases' lists it"}),
    "once": ("--once", {"action": "store_true", "help": "print the last lines and end"}),
    "upgrade": ("--upgrade", {"action": "store_true", "help": "take the newest versions"}),
    "format": ("--format", {"choices": ["files", "env", "json"], "default": "files",
                            "help": "the rendered files, or the effective settings for another tool"}),
}  # fmt: skip


def parser(commands: Mapping[str, tuple[str, tuple[str, ...]]]) -> argparse.ArgumentParser:
    """A parser for commands given as name -> (what it does, what it takes of EXTRAS and 'settings')."""
    top = argparse.ArgumentParser(prog="python -m deploy", epilog=EPILOG, allow_abbrev=False)
    subparsers = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (what, wants) in commands.items():
        command = subparsers.add_parser(name, help=what, description=what, epilog=EPILOG, allow_abbrev=False)
        for key, field in Settings.model_fields.items():
            if key == "root" or "settings" in wants:
                text = f"{field.description} (default: {field.default!r})".replace("%", "%%")
                command.add_argument(_flag(key), dest=key, metavar=key.upper(), help=text)
        command.add_argument("--environment", default="production", metavar="ENVIRONMENT", help=", ".join(ENVIRONMENTS))
        for extra in wants:
            if extra in EXTRAS:
                flag, options = EXTRAS[extra]
                command.add_argument(flag, **options)  # type: ignore[arg-type]
    return top


def spelled_as_flags(words: list[str]) -> list[str]:
    """The words with each NAME=value, make's spelling, as a flag; raises Refused with the setting that was meant."""
    flags = []
    for word in words:
        match = re.fullmatch(r"([A-Z][A-Z0-9_]*)=(.*)", word, re.DOTALL)
        key = match[1].lower() if match else ""
        if match and key not in Settings.model_fields and key not in ("environment", "release"):
            raise Refused(f"{match[1]} is no setting{suggest(key)}")
        flags.append(f"{_flag(key)}={match[2]}" if match else word)
    return flags


def _flag(key: str) -> str:
    return f"--{key.replace('_', '-')}"
