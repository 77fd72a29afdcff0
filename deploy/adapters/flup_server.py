"""flup, and what it is corrected in, for fastcgi.py: the FastCGI protocol, one connection at a time."""

from __future__ import annotations

import io
import sys
import traceback
from typing import TYPE_CHECKING, Any

from .measured import TooShort

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

RECORD = 65528  # bytes in one record of a response: the most that is a multiple of 8 (FastCGI specification 3.3)


class Errors(io.TextIOBase):
    """This process's standard error as wsgi.errors; flup's own sends it to the front end, and closes it."""

    def write(self, text: str) -> int:
        """As sys.stderr."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """As sys.stderr."""
        sys.stderr.flush()

    def close(self) -> None:
        """Left open."""


def server(application: WSGIApplication, multithread: bool, multiprocess: bool) -> Any:
    """A flup server; `connect(socket)` gives a connection, whose `serve_one()` answers one request."""
    from flup.server import fcgi_base as flup

    class Request(flup.Request):  # type: ignore[misc]
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self.stderr = Errors()
            self.encoded = b""

        def run(self) -> None:
            """Answer; log a failure once, and cut a response that has begun, so that nobody takes it for whole."""
            try:
                self.server.handler(self)
            except TooShort:
                raise EOFError from None
            except Exception:
                if not self._conn.lost:
                    traceback.print_exc()
                if self._conn.lost or self.stdout.dataWritten:
                    raise EOFError from None
                self.server.error(self)
            self._flush()
            self._end()

    class Connection(flup.Connection):  # type: ignore[misc]
        lost = False
        _keepGoing = True

        def serve_one(self) -> bool:
            """Read and answer one request; whether the front end keeps the connection open for another."""
            try:
                while self._keepGoing:
                    self.process_input()
                    if not self._requests:
                        return self._keepGoing
            except (EOFError, OSError):
                pass  # the front end has left
            except Exception:
                traceback.print_exc()
            self._keepGoing = False
            self.close()
            return False

        def close(self) -> None:
            """At once: flup's own waits for the front end to close first."""
            self._sock.close()

        def writeRecord(self, record: Any) -> None:
            """Send a record in one piece; flup sends header, content and padding one by one."""
            parts: list[bytes] = []
            record._sendall = lambda _, data: parts.append(data)
            record.write(self._sock)
            try:
                self._sock.sendall(b"".join(parts))
            except OSError:
                self.lost = True
                raise

        def _do_params(self, record: Any) -> None:
            """Parse the parameters when all of them are here; flup cannot read one that spans two records.

            nginx before 1.23 hands equal headers over one by one; they are one list (RFC 3875 4.1.18).
            """
            request = self._requests.get(record.requestId)
            if request is not None and record.contentLength:
                request.encoded += record.contentData
                return
            if request is not None:
                position, found = 0, request.params
                while position < len(request.encoded):
                    position, (raw, value) = flup.decode_pair(request.encoded, position)
                    name, text = raw.decode("latin-1"), value.decode("latin-1")
                    found[name] = f"{found[name]}, {text}" if name in found and name.startswith("HTTP_") else text
            super()._do_params(record)

    class Server(flup.BaseFCGIServer):  # type: ignore[misc]
        request_class = Request
        maxwrite = RECORD + flup.FCGI_HEADER_LEN

        def connect(self, accepted: Any) -> Connection:
            return Connection(accepted, None, self, None)

    return Server(application, multithreaded=multithread, multiprocess=multiprocess)
