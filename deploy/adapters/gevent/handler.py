"""What pywsgi's handler is corrected in: strict requests, limits, idle connections, HEAD, HTTP/1.0."""

from __future__ import annotations

import errno
import io
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, ClassVar

from ..loop.refused import refused
from ..options import FIRST, LINGER, Options
from ..wsgi.request import AUTHORITY, SPOOL, bound
from .input import REQUEST_LINE, TooLarge, check, header, strict
from .late import Ended, Late, answer

if TYPE_CHECKING:
    from gevent.event import Event

PIECE = 256 * 1024  # bytes sent before the time-out for sending begins anew


def handler(options: Options, stop: Event, late: Late) -> type[Any]:
    """The handler class for one server; `fresh` and `kept` hold the connections that no request has begun on."""
    from gevent import getcurrent
    from gevent.pywsgi import WSGIHandler

    Input = strict(options.header_limit)

    class Handler(WSGIHandler):  # type: ignore[misc]
        fresh: ClassVar[set[Any]] = set()  # those that never had one
        kept: ClassVar[set[Any]] = set()
        path: str
        request_version: str
        content_length: int | None
        close_connection: bool
        response_headers: list[tuple[bytes, bytes]]
        ignored_socket_errors = (*WSGIHandler.ignored_socket_errors, "timed out")

        def read_requestline(self) -> str:
            """Wait for a request: shorter for the next one on a connection than for its first."""
            if self.environ:
                idle, patience, linger = self.kept, options.keepalive_timeout, LINGER
            else:
                idle, patience, linger = self.fresh, options.timeout, FIRST
            idle.add(self)
            try:
                self.socket.settimeout(0)
                if not self.rfile.peek(1):
                    self.socket.settimeout(min(patience, linger) if stop.is_set() else patience)
                    self.socket.recv(1, socket.MSG_PEEK)
            finally:
                idle.discard(self)
                self.socket.settimeout(options.timeout)
            return str(super().read_requestline())

        def shutdown(self) -> None:
            """Wake read_requestline as if the client had left; a request that has arrived is still answered."""
            self.socket.shutdown(socket.SHUT_RD)

        def MessageClass(self, file: Any, *rest: Any) -> Any:
            """Parse the header; the mail parser that pywsgi does it with forgives what `header` and `check` refuse."""
            headers = super().MessageClass(io.BytesIO(header(file, options.header_limit)), *rest)
            check(headers, self.request_version)
            return headers

        def read_request(self, line: str) -> bool:
            """Parse the request line, and the header after it."""
            if not REQUEST_LINE.fullmatch(line.encode("latin-1")):
                raise ValueError(f"malformed request line {line[:100]!r}")
            super().read_request(line)
            self.path = AUTHORITY.sub("", self.path, count=1) or "/"
            return True

        def _handle_client_error(self, error: Exception) -> tuple[str, bytes]:
            """Answer what cannot be parsed."""
            if isinstance(error, TooLarge | HTTPException):
                return "431", refused("431 Request Header Fields Too Large", options)
            if isinstance(error, ConnectionAbortedError | TimeoutError):
                return "408", b""  # nobody is there to be answered
            status, _ = super()._handle_client_error(error)
            return status, refused("400 Bad Request", options)

        def handle_one_request(self) -> Any:
            """As pywsgi does it, whose answer to a request line that is too long is its own."""
            found = super().handle_one_request()
            too_long = isinstance(found, tuple) and found[0] == "414"
            return ("414", refused("414 URI Too Long", options)) if too_long else found

        def _headers(self) -> Iterator[tuple[str, str]]:
            """pywsgi's own takes a letter of UTF-8 that ends in the byte A0 for white space."""
            for name, value in self.headers.items():
                if "_" not in name and name.lower() not in ("content-type", "content-length"):
                    yield "HTTP_" + name.upper().replace("-", "_"), value.strip(" \t")

        def get_environ(self) -> dict[str, Any]:
            """PEP 3333's environ; pywsgi gives a request that asks for an upgrade the bare connection as its body."""
            found = {"REMOTE_ADDR": "", **super().get_environ()}
            waiting = self.socket if found.get("HTTP_EXPECT", "").lower() == "100-continue" else None
            self.wsgi_input = Input(self.rfile, self.content_length, waiting, "HTTP_TRANSFER_ENCODING" in found)
            return found | {"wsgi.input": self.wsgi_input, "wsgi.input_terminated": True}

        def run_application(self) -> None:
            """Have the application answer, when the request's body is here."""
            try:
                self.spool()
            except OSError as error:
                raise ConnectionResetError(errno.ECONNRESET, "the client has left") from error
            self.greenlet, self.cut = getcurrent(), False
            late.begun[self] = time.monotonic()
            try:
                super().run_application()
            finally:
                late.end(self)

        def spool(self) -> None:
            """Read the body, which the client may take its time over: in memory, then into a file."""
            if 0 < (self.content_length or 0) <= options.body_limit:
                body = tempfile.SpooledTemporaryFile(SPOOL)  # noqa: SIM115 - closed with the environ, its only owner
                shutil.copyfileobj(self.wsgi_input, body)
                body.seek(0)
                self.environ["wsgi.input"] = body
            elif bound(self.environ, options.body_limit):  # as application.py does, which is to find the same
                self.environ["CONTENT_LENGTH"] = str(options.body_limit + 1)

        def handle_error(self, kind: Any, error: BaseException, trace: Any) -> None:
            """Log what the application raises, and answer; what late.py raises in it is logged there."""
            if isinstance(error, Ended):
                answer(self, options)
                self.close_connection = True
            else:
                super().handle_error(kind, error, trace)

        def finalize_headers(self) -> None:
            """Say when the connection will close; HTTP/1.0 knows no other end of a body of unknown length."""
            super().finalize_headers()
            names = {name.lower() for name, _ in self.response_headers}
            endless = not names & {b"content-length", b"transfer-encoding"} and self.code not in (204, 304)
            refused = (self.content_length or 0) > options.body_limit
            self.close_connection = self.close_connection or stop.is_set() or endless or refused
            if self.close_connection:
                kept = [header for header in self.response_headers if header[0].lower() != b"connection"]
                self.response_headers = [*kept, (b"Connection", b"close")]
            if self.command == "HEAD":
                self.response_use_chunked = False  # pywsgi would send the last chunk

        def _sendall(self, data: bytes) -> None:
            for start in range(0, len(data), PIECE):
                super()._sendall(memoryview(data)[start : start + PIECE])

    return Handler
