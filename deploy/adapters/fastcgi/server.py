"""flup, and what it is corrected in: the FastCGI protocol, one connection at a time."""

from __future__ import annotations

import io
import sys
import tempfile
import traceback
from typing import TYPE_CHECKING, Any

from ..loop.outlet import Outlet
from ..wsgi.measured import TooShort
from ..wsgi.request import SPOOL
from .connection import connection

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


def server(application: WSGIApplication, multithread: bool, multiprocess: bool, body_limit: int) -> Any:
    """A flup server; `connect` gives it a connection, which takes requests and answers them."""
    from flup.server import fcgi_base as flup

    Connection = connection(body_limit)

    class Request(flup.Request):  # type: ignore[misc]
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self.stderr = Errors()
            self.stdin = tempfile.SpooledTemporaryFile(SPOOL)  # noqa: SIM115 - closed when it is answered
            self.encoded = b""

        def run(self) -> None:
            """Answer; log a failure once, and cut a response that has begun, so that nobody takes it for whole."""
            try:
                self.server.handler(self)
            except TooShort:
                raise EOFError from None
            except (Exception, SystemExit):
                if not self._conn.lost:
                    traceback.print_exc()
                if self._conn.lost or self.stdout.dataWritten:
                    raise EOFError from None
                self.server.error(self)
            self._flush()
            self._end()

    class Server(flup.BaseFCGIServer):  # type: ignore[misc]
        request_class = Request
        maxwrite = RECORD + flup.FCGI_HEADER_LEN

        def connect(self, outlet: Outlet, address: Any) -> Any:
            return Connection(self, outlet)

    return Server(application, multithreaded=multithread, multiprocess=multiprocess)
