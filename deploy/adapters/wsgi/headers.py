"""Which of the application's response headers go out, and how: response.py asks, so that all servers send the same."""

from __future__ import annotations

import functools
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .response import Headers

# The server's own (PEP 3333; RFC 9110 7.6.1): an application that hands on another server's answer sets them.
HOP = ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
       "transfer-encoding", "upgrade")  # fmt: skip
# What tells a front end to send a file, or CGI another status (RFC 3875 6.3.3): each obeys others, some none.
ORDERS = ("status", "x-sendfile", "x-sendfile2", "x-sendfile-temporary")
DROPPED = frozenset((*HOP, *ORDERS))
FAMILIES = ("x-accel-", "x-lighttpd-")
PLAIN, LENGTH, DROP = range(3)
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Controls (RFC 9110 5.5), and letters beyond a byte (PEP 3333).
UNFIT = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]")


def sent(status: str, headers: Headers) -> tuple[Headers, int | None]:
    """The headers that go out, white space round values taken off, and the length that they announce.

    Raises ValueError for what would split the response or cannot be sent (RFC 9110 5.5 and 8.6).
    """
    if UNFIT.search(status + "".join(map("".join, headers))):
        raise ValueError(f"the status or a header has a line break, a control character or a letter beyond a byte: "
                         f"{status!r} {headers!r}")  # fmt: skip
    kept, lengths = [], set()
    for name, value in headers:
        kind = kind_of(name)
        if kind == PLAIN:
            kept.append((name, value.strip(" \t")))
        elif kind == LENGTH and value not in lengths:
            lengths.add(value)
            kept.append((name, value))
    if not lengths:
        return kept, None
    (length, *others) = lengths
    if others or not (length.isascii() and length.isdigit()):
        raise ValueError(f"Content-Length is {', '.join(sorted(lengths))}: it must be one number of bytes")
    return kept, int(length)


@functools.lru_cache(256)
def kind_of(name: str) -> int:
    """Who may set a header. One that is dropped is logged once for each process. Raises ValueError for what is not a
    name."""
    low = name.lower()
    if low in DROPPED or low.startswith(FAMILIES):
        sys.stderr.write(
            f"the application sets {name}, which is the server's own to set: it is dropped, now and later\n"
        )
        return DROP
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a header (RFC 9110 5.6.2)")
    return LENGTH if low == "content-length" else PLAIN
