"""The site's names: which Host a request may ask for, judged alike by every adapter; request.py asks."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .response import Refusal

# A reg-name's labels have 63 letters at most (RFC 1035 2.3.4); clients may write the root's dot.
HOST = re.compile(r"((?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?")
LONGEST = 253
OWN = "localhost"  # among the names it stands for this machine: its host name and every address that it has
REMEMBERED = 256  # hosts; each that is refused is logged when it is judged, and then no more while it is remembered

BAD_REQUEST: Refusal = ("400 Bad Request", [])
MISDIRECTED: Refusal = ("421 Misdirected Request", [])  # RFC 9110 15.5.20


def judge(names: Sequence[str]) -> Callable[[str], Refusal | None]:
    """What decides on the value of a Host header: None for one of `names`, else the answer.

    A name may be `*.example.org`, for all below it. Without names every well-formed host is the site's: an entry file
    that was copied to a server by hand leaves the choice to that.
    """
    exact = frozenset(name.lower() for name in names)
    below = tuple(name[1:] for name in exact if name.startswith("*."))

    @functools.lru_cache(REMEMBERED)
    def judged(host: str) -> Refusal | None:
        match = HOST.fullmatch(host)
        if match is None or len(match[1]) > LONGEST or int(match[2] or 0) > 65535:
            return BAD_REQUEST  # RFC 9112 3.2
        name = match[1].lower().removesuffix(".")
        if name[0] == "[" and not _is_address(name):
            return BAD_REQUEST
        if not exact or name in exact or name.endswith(below) or (OWN in exact and is_own(name)):
            return None
        sys.stderr.write(f"421: a request for {name}, which is none of SERVER_NAME={','.join(names)}\n")
        return MISDIRECTED

    return judged


def is_own(name: str) -> bool:
    """Whether a name is this machine's: its host name, or the literal of an address that it has at this moment."""
    import socket

    full = socket.gethostname().lower()
    if name in (full, full.partition(".")[0]):
        return True
    if not _is_address(name):
        return False
    try:  # only an address of one's own can be bound
        with socket.socket(socket.AF_INET6 if name[0] == "[" else socket.AF_INET, socket.SOCK_DGRAM) as tried:
            tried.bind((name.strip("[]"), 0))
    except OSError:
        return False
    return True


def _is_address(name: str) -> bool:
    import socket

    try:
        socket.inet_pton(socket.AF_INET6 if name[0] == "[" else socket.AF_INET, name.strip("[]"))
    except OSError:
        return False
    return True
