"""The WSGI side of Tornado for exchange.py: a request's environ, and its response, sent as it is made."""

from __future__ import annotations

import asyncio
import sys
import traceback
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from ..wsgi.measured import TooShort
from ..wsgi.variables import variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from wsgiref.types import WSGIApplication, WSGIEnvironment

    from ..loop.threads import Pool


def environ(start_line: Any, headers: Any, context: Any, body: Any, size: int) -> WSGIEnvironment:
    """PEP 3333's environ."""
    found = variables(start_line.method, start_line.path, start_line.version, headers.get_all(), context.address)
    found |= {
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": body, "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr, "wsgi.run_once": False,
    }  # fmt: skip
    if found.pop("HTTP_TRANSFER_ENCODING", None) or "CONTENT_LENGTH" in found:
        found["CONTENT_LENGTH"] = str(size)
    return found


class Begun:
    """A response as far as its first piece, made in a thread; `rest` gives the other pieces, if any."""

    def __init__(self, application: WSGIApplication, environ: WSGIEnvironment) -> None:
        self.status, self.headers = "", list[tuple[str, str]]()
        self.sent = False
        self.rest: Iterator[bytes] | None = None
        self.written: list[bytes] = []
        body = application(environ, self.start_response)
        self.close: Callable[[], object] = getattr(body, "close", lambda: None)
        try:
            if isinstance(body, list | tuple):
                self.written += body
            else:
                self._first(iter(body))
            if not self.status:
                raise AssertionError("the application did not call start_response (PEP 3333)")
        except BaseException:
            self.rest = None
            raise
        finally:
            if self.rest is None:
                self.close()
        self.piece = b"".join(self.written)

    def _first(self, pieces: Iterator[bytes]) -> None:
        for piece in pieces:
            self.written.append(piece)
            if piece:
                whole = any(
                    name.lower() == "content-length" and value == str(len(piece)) for name, value in self.headers
                )
                self.rest = None if whole else pieces
                return

    def start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        """PEP 3333's start_response; what is written through its result goes out before the body."""
        if exc_info and self.sent:
            raise exc_info[1]
        self.status, self.headers = status, headers
        return self.written.append


async def reply(exchange: Any, by: WSGIApplication, failed: WSGIApplication, pool: Pool) -> None:
    """Have `by` answer, or `failed` when it raises; a piece is sent when the last one is taken; the caller ends."""
    loop, connection, environ = asyncio.get_running_loop(), exchange.connection, exchange.environ
    try:
        begun = await loop.run_in_executor(pool, Begun, by, environ)
    except TooShort:
        raise
    except Exception:
        traceback.print_exc()
        begun = Begun(failed, environ)
    try:
        begun.sent = True
        sent = _head(exchange, begun)
        while begun.rest and (piece := await loop.run_in_executor(pool, next, begun.rest, None)) is not None:
            await sent
            sent = connection.write(piece) if piece else sent
    finally:
        if begun.rest:
            pool.submit(begun.close)


def _head(exchange: Any, begun: Begun) -> Any:
    """Send the headers with the first piece; without a length, HTTP/1.0 has no end but that of the connection."""
    from tornado.httputil import HTTPHeaders, ResponseStartLine

    connection, environ = exchange.connection, exchange.environ
    code, _, reason = begun.status.partition(" ")
    headers = HTTPHeaders()
    for name, value in begun.headers:
        headers.add(name, value)
    bodiless = environ["REQUEST_METHOD"] == "HEAD" or code in ("204", "304")
    if not (begun.rest or bodiless or "Content-Length" in headers):
        headers["Content-Length"] = str(len(begun.piece))
    if "Date" not in headers:
        headers["Date"] = formatdate(usegmt=True)
    endless = environ["SERVER_PROTOCOL"] == "HTTP/1.0" and not bodiless and "Content-Length" not in headers
    if exchange.closing or endless:
        connection._disconnect_on_finish = True  # Tornado has no other way to end a connection after a response
        exchange.headers.pop("Connection", None)  # of HTTP/1.0 with keep-alive, to which Tornado would agree
        headers["Connection"] = "close"
    return connection.write_headers(ResponseStartLine("HTTP/1.1", int(code), reason), headers, begun.piece or None)
