"""The command line: commands and flags, the flags derived from the settings; make's NAME=value is one more spelling."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from ..adapters import ADAPTERS
from ..errors import Refused
from .commands import COMMANDS

EPILOG = """Settings come from config/<environment>.json; each can be given as --frontend nginx or FRONTEND=nginx, and
stays with the site until it is given anew; FRONTEND= forgets it. Exit codes: 0 live; 1 failed, the earlier release
goes on serving; 2 wrong request or settings, nothing was changed; 3 another deployment is under way; 4 failed and not
undone (the message says what to do)."""

# What a command takes beside ROOT and ENVIRONMENT.
EXTRAS: dict[str, tuple[str, dict[str, Any]]] = {
    "adapter": ("adapter", {"metavar": "ADAPTER", "help": ", ".join(ADAPTERS)}),
    "wanted": ("adapter", {"metavar": "ADAPTER", "nargs": "?", "help": "as for up; none: of what is deployed"}),
    "release": ("--release", {"metavar": "RELEASE", "help": "a release's id, as 'releases' lists it"}),
    "host": ("--host", {"metavar": "HOST", "help": "where, as user@host or user@host:port, several with commas"}),
    "id": ("--id", {"metavar": "ID", "help": "the id of a release that an artifact brings"}),
    "commit": ("--commit", {"metavar": "COMMIT", "help": "the commit that it was made from"}),
    "who": ("--who", {"metavar": "WHO", "help": "who made it"}),
    "default": ("--default", {"action": "append", "metavar": "NAME=VALUE", "help": "for a setting that is not given"}),
    "json": ("--json", {"action": "store_true", "help": "print one JSON value, for other tools"}),
    "lines": ("--lines", {"type": int, "default": 50, "metavar": "LINES", "help": "last lines of each log (50)"}),
    "request": ("--request", {"metavar": "REQUEST", "help": "only lines that name this request's id"}),
    "once": ("--once", {"action": "store_true", "help": "print the last lines and end"}),
    "downgrade": ("--downgrade", {"action": "store_true", "help": "take the databases back too, after a backup"}),
    "upgrade": ("--upgrade", {"action": "store_true", "help": "take the newest versions"}),
    "format": ("--format", {"choices": ["files", "env", "json"], "default": "files",
                            "help": "the rendered files, or the effective settings for another tool"}),
}  # fmt: skip


SPELLED = ("environment", "release", "host", "lines", "request")  # what NAME=value may name beside the settings
COMMON = ("user",)  # stands in every environment
SWITCHES = ("json", "once", "downgrade")  # and of these NAME=1 is the flag, NAME=0 none


class Parser(argparse.ArgumentParser):
    """argparse's, whose refusals are a sentence; the usage has too many flags to be read."""

    def error(self, message: str) -> NoReturn:
        """Raises Refused."""
        raise Refused(f"{message}: '{self.prog} --help' says what there is")


def parse(words: list[str]) -> argparse.Namespace:
    """The command line; raises Refused for what is wrong with it, exits after --help."""
    asked = next((word for word in words if word in COMMANDS), None)
    top = Parser(prog="python -m deploy", epilog=EPILOG, allow_abbrev=False)
    subparsers = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        parser = subparsers.add_parser(
            name, help=command.what, description=command.what, epilog=EPILOG, allow_abbrev=False
        )
        if name == asked:  # the settings are imported for no other
            _add_flags(parser, command.wants)
    return top.parse_args(_spelled_as_flags(words))


def _add_flags(parser: argparse.ArgumentParser, wants: tuple[str, ...]) -> None:
    from ..settings import ENVIRONMENTS, Settings

    for key, field in Settings.model_fields.items():
        if key == "root" or "settings" in wants:
            text = f"{field.description} (default: {field.default!r})".replace("%", "%%")
            parser.add_argument(_flag(key), dest=key, metavar=key.upper(), help=text)
    parser.add_argument("--environment", default="production", metavar="ENVIRONMENT", help=", ".join(ENVIRONMENTS))
    for extra in wants:
        if extra in EXTRAS:
            flag, options = EXTRAS[extra]
            parser.add_argument(flag, **options)


def _spelled_as_flags(words: list[str]) -> list[str]:
    """The words with each NAME=value, make's spelling, as a flag; raises Refused with the setting that was meant."""
    flags = []
    for word in words:
        match = re.fullmatch(r"([A-Za-z][A-Za-z0-9_]*)=(.*)", word, re.DOTALL)
        flags += _spelled_as_flag(match[1], match[2]) if match else [word]
    return flags


def unread(environ: Mapping[str, str], given: argparse.Namespace) -> list[str]:
    """A line for each setting of a command that stands in the environment, where nothing is read, and was not given."""
    from ..settings import Settings

    taken = [key for key in (*Settings.model_fields, "environment") if hasattr(given, key) and key not in COMMON]
    default = {"environment": "production"}
    return [f"{key.upper()}={environ[key.upper()]} stands in the environment, which is not read: give it after the "
            f"command's name, as in 'make deploy-gunicorn {key.upper()}={environ[key.upper()]}'"
            for key in taken if key.upper() in environ and getattr(given, key) == default.get(key)]  # fmt: skip


def _spelled_as_flag(name: str, value: str) -> list[str]:
    from ..settings import Settings
    from ..settings.words import suggest

    key = name.lower()
    if key in SWITCHES:
        return [] if value in ("", "0", "false") else [_flag(key)]
    if key not in Settings.model_fields and key not in SPELLED:
        raise Refused(f"{name} is not a setting{suggest(key)}")
    return [f"{_flag(key)}={value}"]


def _flag(key: str) -> str:
    return f"--{key.replace('_', '-')}"
