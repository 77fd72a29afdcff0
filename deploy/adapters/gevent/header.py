"""A request's line and header, which pywsgi reads too forgivingly, read strictly."""

from __future__ import annotations

import re
from typing import Any

REQUEST_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ [!-~\x80-\xff]+ HTTP/1\.[0-9]\r?\n")  # RFC 9112 3
FIELD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*\r?\n")  # RFC 9112 5: no folded lines, no controls


class TooLarge(ValueError):
    """The header is over header_limit."""


def header(file: Any, limit: int) -> bytes:
    """The lines of a header as far as its blank one; raises ValueError for one that servers read differently."""
    lines, size = [], 0
    while (line := file.readline(limit + 1)) not in (b"\r\n", b"\n"):
        if not line:
            raise ConnectionAbortedError("the client has left")
        lines.append(line)
        size += len(line)
        if size > limit:
            raise TooLarge
        if not FIELD.fullmatch(line):
            raise ValueError(f"malformed header {line[:100]!r}")
    return b"".join(lines) + b"\r\n"


def check(headers: Any, version: str) -> None:
    """Refuse what servers frame differently (RFC 9112 6.1 and 6.3); raises ValueError."""
    lengths, codings = headers.get_all("content-length", []), headers.get_all("transfer-encoding", [])
    if len(lengths) + len(codings) > 1 or (codings and codings[0].strip().lower() != "chunked"):
        raise ValueError(f"ambiguous body: Content-Length {lengths}, Transfer-Encoding {codings}")
    if codings and version == "HTTP/1.0":
        raise ValueError("Transfer-Encoding in a request of HTTP/1.0")
    if lengths and not re.fullmatch("[0-9]+", lengths[0]):
        raise ValueError(f"malformed Content-Length {lengths[0]!r}")
