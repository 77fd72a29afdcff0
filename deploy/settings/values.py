"""What the value of a setting may be; each refusal is what it must be, as the end of a sentence."""

from __future__ import annotations

import re
import shlex
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

MOUNT = re.compile(r"/|(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
HEADER_VALUE = re.compile(r"(?:[!#%-\[\]-~](?:[ !#%-\[\]-~]*[!#%-\[\]-~])?)?")  # empty: the header is not sent
OWN = ("cache-control", "connection", "content-encoding", "content-length", "content-type", "date", "etag",
       "keep-alive", "last-modified", "location", "server", "set-cookie", "transfer-encoding", "upgrade",
       "x-release")  # fmt: skip
APPLICATION = re.compile(r"[A-Za-z_]\w*(\.\w+)*:[A-Za-z_]\w*(\(\))?")


def _mount(value: str) -> str:
    if not MOUNT.fullmatch(value):
        raise ValueError(
            "/ or a path such as /yourapplication: no slash at its end, segments of letters, digits, - _ ~ ."
        )
    return value


def _application(value: str) -> str:
    if not APPLICATION.fullmatch(value):
        raise ValueError("module:attribute or module:factory()")
    return value


def plain(value: str) -> str:
    """These go into four servers' configuration languages: keep to what needs no quoting in any."""
    if not re.fullmatch(r"[\w./~:\[\]*-]*", value, re.ASCII):
        raise ValueError("letters, digits and . / _ ~ : - only, as it is written into servers' configuration files")
    return value


def _folder(value: str) -> str:
    if not value.startswith("/"):
        raise ValueError("folders with their whole path, such as /srv/uploads")
    return plain(value)


def _host_name(value: str) -> str:
    if not re.fullmatch(r"(?:\*\.)?[\w-]+(?:\.[\w-]+)*|\[[0-9A-Fa-f:.]+\]", value, re.ASCII):
        raise ValueError("host names such as www.example.org or *.example.org, with commas between several: "
                         "letters, digits, . and - only, no scheme, no port")  # fmt: skip
    return value


def _command(value: str) -> str:
    try:
        words = shlex.split(value)
    except ValueError:
        words = []
    if not words:
        raise ValueError("a command line such as 'flask init-db', with every quotation mark closed")
    return value


def _some(value: list[str]) -> list[str]:
    if not value:
        raise ValueError("at least one host's name: localhost stands for this machine")
    return value


def _names(value: Any) -> Any:
    """A list, also with commas, as the command line spells it, and as one name was written before it was a list."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return value
    return [name.strip() for text in texts for name in text.split(",")]


def _headers(value: dict[str, str]) -> dict[str, str]:
    for name, text in value.items():
        if not HEADER.fullmatch(name) or name.lower() in OWN:
            raise ValueError(f"response headers by name, and {name!r} cannot be set here")
        if not HEADER_VALUE.fullmatch(text):
            raise ValueError(f'header values of printable ASCII without " \\ and $, and that of {name} is not')
    return value


Application = Annotated[str, AfterValidator(_application)]
Mount = Annotated[str, AfterValidator(_mount)]
Text = Annotated[str, AfterValidator(plain)]
Folder = Annotated[str, AfterValidator(_folder)]
HostName = Annotated[str, AfterValidator(_host_name)]
Command = Annotated[str, AfterValidator(_command)]
HostNames = Annotated[list[HostName], AfterValidator(_some), BeforeValidator(_names)]
Headers = Annotated[dict[str, str], AfterValidator(_headers)]
Seconds = Annotated[int, Field(ge=1, le=86400)]
