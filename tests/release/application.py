"""A plain WSGI application whose answers prove that they are whole: what the load client asks."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

PAGE = b"a page\n" * 500
PIECES = tuple(b"%d " % number * 400 for number in range(8))
PAUSE = 0.05  # seconds between two pieces of the streamed answer
LARGE = bytes(range(256)) * 2048


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """GET / is a page, /stream one made slowly, /hold?2 one that takes 2 s; a POST is answered by what arrived."""
    path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return stream()
    if environ["REQUEST_METHOD"] == "POST":
        size = int(environ.get("CONTENT_LENGTH") or 0)
        body = proof(environ["wsgi.input"].read(size), path == "/slow")
    else:
        time.sleep(float(query or 0))
        body = PAGE
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def proof(body: bytes, large: bool) -> bytes:
    """What a POST is answered: nobody knows it who has not read the whole body."""
    return hashlib.sha256(body).hexdigest().encode() + (LARGE if large else b"")


def stream() -> Iterator[bytes]:
    """The streamed answer."""
    for piece in PIECES:
        yield piece
        time.sleep(PAUSE)
