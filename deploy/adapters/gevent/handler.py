"""The half of a connection's handler that answers: time limits, HEAD, HTTP/1.0, and when the connection closes."""

from __future__ import annotations

import errno
import time
from typing import TYPE_CHECKING, Any

from ..loop.intake import Malformed
from ..loop.lifetime import say
from ..loop.refused import refused
from ..options import Options
from .late import Ended, Late, answer
from .reading import reading

if TYPE_CHECKING:
    from gevent.event import Event


def handler(options: Options, stop: Event, late: Late) -> type[Any]:
    """The handler class for one server."""
    from gevent import getcurrent

    Reading = reading(options, stop)

    class Handler(Reading):  # type: ignore[misc, valid-type]
        close_connection: bool
        response_headers: list[tuple[bytes, bytes]]
        ignored_socket_errors = (*Reading.ignored_socket_errors, "timed out")

        def run_application(self) -> None:
            """Have the application answer, when the request's body is here."""
            try:
                self.read_body()
                self.greenlet, self.cut = getcurrent(), False
                late.begun[self] = time.monotonic()
                try:
                    super().run_application()
                finally:
                    late.end(self)
                self.body.drain(self.rfile)
            except Malformed as error:
                self.close_connection = True
                if not self.headers_sent:
                    say(f"a request is refused: {error}")
                    self.socket.sendall(refused("400 Bad Request", options))
            finally:
                self.body.intake.body.close()

        def read_body(self) -> None:
            """Let the client take its time over it."""
            try:
                self.body.read(self.rfile)
            except OSError as error:
                raise ConnectionResetError(errno.ECONNRESET, "the client has left") from error
            if self.body.there:
                self.environ |= {"wsgi.input": self.body.intake.body, "CONTENT_LENGTH": str(self.body.size)}

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
            refused = self.body.size > options.body_limit
            self.close_connection = self.close_connection or stop.is_set() or endless or refused
            if self.close_connection:
                kept = [header for header in self.response_headers if header[0].lower() != b"connection"]
                self.response_headers = [*kept, (b"Connection", b"close")]
            if self.command == "HEAD":
                self.response_use_chunked = False  # pywsgi would send the last chunk

    return Handler
