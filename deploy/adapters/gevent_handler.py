"""What pywsgi's handler is corrected in, for gevent.py: strict requests, limits, idle connections, HEAD, HTTP/1.0."""

from __future__ import annotations

import re
import socket
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, ClassVar

from .options import FIRST, LINGER, Options
from .request import AUTHORITY

if TYPE_CHECKING:
    from gevent.event import Event

TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
PIECE = 256 * 1024  # bytes sent before the time-out for sending begins anew


class TooLarge(ValueError):
    """The header is over header_limit."""


def check(headers: Any, limit: int) -> None:
    """Refuse what servers read differently (RFC 9112 5 and 6.3); raises ValueError."""
    if sum(len(name) + len(value) + 4 for name, value in headers.items()) > limit:
        raise TooLarge
    lengths, codings = headers.get_all("content-length", []), headers.get_all("transfer-encoding", [])
    if headers.defects or not all(map(TOKEN.fullmatch, headers.keys())):
        raise ValueError("malformed header")
    if len(lengths) + len(codings) > 1 or (codings and codings[0].lower() != "chunked"):
        raise ValueError(f"ambiguous body: Content-Length {lengths}, Transfer-Encoding {codings}")
    if lengths and not re.fullmatch("[0-9]+", lengths[0]):
        raise ValueError(f"malformed Content-Length {lengths[0]!r}")


def handler(options: Options, stop: Event) -> type[Any]:
    """The handler class for one server; `fresh` and `kept` hold the connections that no request has begun on."""
    from gevent.pywsgi import WSGIHandler

    class Handler(WSGIHandler):  # type: ignore[misc]
        fresh: ClassVar[set[Any]] = set()  # those that never had one
        kept: ClassVar[set[Any]] = set()
        path: str
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

        def MessageClass(self, *arguments: Any) -> Any:
            """Parse the header; pywsgi itself forgives much of what `check` refuses."""
            headers = super().MessageClass(*arguments)
            check(headers, options.header_limit)
            return headers

        def read_request(self, line: str) -> bool:
            """Parse the request line, and the header after it."""
            if len(line.split()) != 3:
                raise ValueError("a request line has three words")
            super().read_request(line)
            self.path = AUTHORITY.sub("", self.path, count=1) or "/"
            return True

        def _handle_client_error(self, error: Exception) -> tuple[str, bytes]:
            """Answer what cannot be parsed."""
            if isinstance(error, TooLarge | HTTPException):
                return "431", TOO_LARGE
            return super()._handle_client_error(error)  # type: ignore[no-any-return]

        def get_environ(self) -> dict[str, Any]:
            return {"REMOTE_ADDR": "", **super().get_environ()}

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
