"""The half of a connection's handler that reads: strict requests, limits, and who has sent nothing yet."""

from __future__ import annotations

import io
import socket
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, ClassVar

from ..loop.lifetime import say
from ..loop.refused import refused
from ..options import FIRST, LINGER, Options
from ..wsgi.variables import variables
from .body import Body
from .header import REQUEST_LINE, TooLarge, check, header

if TYPE_CHECKING:
    from gevent.event import Event


def reading(options: Options, stop: Event) -> type[Any]:
    """Its class; `fresh` and `kept` hold the connections that no request has begun on."""
    from gevent.pywsgi import Input, WSGIHandler

    class Reading(WSGIHandler):  # type: ignore[misc]
        fresh: ClassVar[set[Any]] = set()  # those that never had one
        kept: ClassVar[set[Any]] = set()
        path: str
        request_version: str
        content_length: int | None

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

        def handle_one_request(self) -> Any:
            """As pywsgi does it, with our answers to what it refuses."""
            self.refusal = "414 URI Too Long"
            found = super().handle_one_request()
            if isinstance(found, tuple):
                return self.refusal[:3], refused(self.refusal, options) if self.refusal else b""
            return found

        def read_request(self, line: str) -> bool:
            """Parse the request line, and the header after it; False for what is refused."""
            try:
                if not REQUEST_LINE.fullmatch(line.encode("latin-1")):
                    raise ValueError(f"malformed request line {line[:100]!r}")
                super().read_request(line)
            except OSError:
                self.refusal = ""  # nobody is there to be answered
                return False
            except (ValueError, HTTPException) as error:
                large = isinstance(error, TooLarge | HTTPException)
                self.refusal = "431 Request Header Fields Too Large" if large else "400 Bad Request"
                say(f"a request is refused: {error or self.refusal}")
                return False
            return True

        def MessageClass(self, file: Any, *rest: Any) -> Any:
            """Parse the header; the mail parser that pywsgi does it with forgives what `header` and `check` refuse."""
            headers = super().MessageClass(io.BytesIO(header(file, options.header_limit)), *rest)
            check(headers, self.request_version)
            return headers

        def get_environ(self) -> dict[str, Any]:
            """PEP 3333's environ; pywsgi takes a letter of UTF-8 that ends in the byte A0 for white space."""
            fields = ((name, value.strip(" \t")) for name, value in self.headers.items())
            found = variables(self.command, self.path, self.request_version, fields, self.client_address)
            expects = found.get("HTTP_EXPECT", "").lower() == "100-continue"
            chunked = found.pop("HTTP_TRANSFER_ENCODING", None)
            self.body = Body(self.socket, None if chunked else self.content_length or 0, expects, options)
            self.wsgi_input = Input(self.rfile, 0)  # for pywsgi, which reads what is left of it
            found |= {"wsgi.input": self.wsgi_input, "wsgi.input_terminated": True}
            return {**self.server.get_environ(), **found}

    return Reading
