"""The WSGI side of Tornado for exchange.py: a request's environ, and its response, sent as it is made."""

from __future__ import annotations

import asyncio
import sys
import traceback
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from ..wsgi.measured import TooShort
from ..wsgi.request import AUTHORITY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from wsgiref.types import WSGIApplication, WSGIEnvironment

    from ..loop.threads import Pool


def environ(start_line: Any, headers: Any, context: Any, body: Any, size: int) -> WSGIEnvironment:
    """PEP 3333's environ; header names with underscores are dropped, as they would pass for those with hyphens."""
    path, _, query = AUTHORITY.sub("", start_line.path, count=1).partition("?")
    address = context.address if isinstance(context.address, tuple) else ("", 0)  # a unix socket has no address
    found: WSGIEnvironment = {
        "REQUEST_METHOD": start_line.method, "SCRIPT_NAME": "", "QUERY_STRING": query,
        "PATH_INFO": unquote_to_bytes(path.encode("latin-1")).decode("latin-1"),
        "SERVER_NAME": "", "SERVER_PORT": "", "SERVER_PROTOCOL": start_line.version,
        "REMOTE_ADDR": address[0], "REMOTE_PORT": str(address[1]),
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": body, "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr, "wsgi.run_once": False,
    }  # fmt: skip
    for name in headers:
        if "_" not in name:
            separator = "; " if name == "Cookie" else ","
            found["HTTP_" + name.upper().replace("-", "_")] = separator.join(headers.get_list(name))
    if "HTTP_CONTENT_TYPE" in found:
        found["CONTENT_TYPE"] = found.pop("HTTP_CONTENT_TYPE")
    if found.pop("HTTP_CONTENT_LENGTH", None) or found.pop("HTTP_TRANSFER_ENCODING", None):
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


async def reply(
    connection: Any,
    by: WSGIApplication,
    failed: WSGIApplication,
    environ: WSGIEnvironment,
    pool: Pool,
    closing: Callable[[], bool],
) -> None:
    """Have `by` answer, or `failed` when it raises; a piece is sent when the last one is taken; the caller ends."""
    loop = asyncio.get_running_loop()
    try:
        begun = await loop.run_in_executor(pool, Begun, by, environ)
    except TooShort:
        raise
    except Exception:
        traceback.print_exc()
        begun = Begun(failed, environ)
    try:
        begun.sent = True
        sent = _headers(connection, begun, environ, closing())
        while begun.rest and (piece := await loop.run_in_executor(pool, next, begun.rest, None)) is not None:
            await sent
            sent = connection.write(piece) if piece else sent
    finally:
        if begun.rest:
            pool.submit(begun.close)


def _headers(connection: Any, begun: Begun, environ: WSGIEnvironment, closing: bool) -> Any:
    """Send the headers with the first piece; without a length, HTTP/1.0 has no end but that of the connection."""
    from tornado.httputil import HTTPHeaders, ResponseStartLine

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
    if closing or endless:
        connection._disconnect_on_finish = True  # Tornado has no other way to end a connection after a response
        connection._request_headers.pop("Connection", None)
        headers["Connection"] = "close"
    return connection.write_headers(ResponseStartLine("HTTP/1.1", int(code), reason), headers, begun.piece or None)
