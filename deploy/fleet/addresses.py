"""Hosts as their user names them: HOST=user@host[:port],..."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import Refused

WORD = re.compile(r"(?:([\w.-]+)@)?(\w[\w.-]*|\[[0-9a-fA-F:]+\])(?::(\d{1,5}))?")


class Address(NamedTuple):
    """A host as its user writes it; what is empty comes from ~/.ssh/config or is SSH's default."""

    user: str
    host: str
    port: int

    def __str__(self) -> str:
        return self.host


def addresses(text: str) -> list[Address]:
    """The hosts of HOST=user@host[:port],...; raises Refused for what is none, and for one that is named twice."""
    found = []
    for word in text.split(","):
        match = WORD.fullmatch(word.strip())
        if not match:
            raise Refused(f"HOST is {text!r}, and {word.strip()!r} is not a host: write user@host or user@host:port, "
                          "several with commas between them")  # fmt: skip
        found.append(Address(match[1] or "", match[2].strip("[]"), int(match[3] or 0)))
    twice = {address.host for address in found if sum(address[1:] == other[1:] for other in found) > 1}
    if twice:
        raise Refused(f"HOST names {', '.join(sorted(twice))} twice: once is enough")
    return found
