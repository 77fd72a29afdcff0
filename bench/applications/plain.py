"""The answers without a framework, so that nothing hides what a server costs; adapters and samples import it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

PIECE = 64 * 1024
WAIT = 0.05  # seconds that /wait takes, as a slow database would


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """/ says hello, /wait waits first, /down?SIZE streams SIZE bytes, all else says how many bytes came up."""
    path = environ["PATH_INFO"]
    if path == "/down":
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        return pieces(int(environ["QUERY_STRING"]))
    if path == "/wait":
        time.sleep(WAIT)
    elif path == "/up":
        body = b"%d\n" % drain(environ["wsgi.input"])
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "14")])
    return [b"Hello, World!\n"]


def pieces(size: int) -> Iterator[bytes]:
    """`size` bytes, a piece at a time."""
    piece = bytes(PIECE)
    for start in range(0, size, PIECE):
        yield piece[: size - start]


def drain(body: Any) -> int:
    """Read a body a piece at a time, keep nothing, and count."""
    size = 0
    while piece := body.read(PIECE):
        size += len(piece)
    return size
