"""A client's connection to gunicorn's worker: what has come, what is to be sent."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

from ..loop.intake import Chunks, Intake, Malformed
from ..loop.outlet import Outlet
from ..options import Options

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def connection(options: Options) -> type[Any]:
    """The class of a worker's connections."""
    from gunicorn.http.body import ChunkedReader
    from gunicorn.http.errors import InvalidChunkSize
    from gunicorn.http.parser import RequestParser
    from gunicorn.workers.gthread import TConn

    class Parser(RequestParser):  # type: ignore[misc]
        """gunicorn's: the loop has it parse a header, the thread is told what it found."""

        failure: Exception | None = None
        whole = True  # whether all of the request's body has been read

        def parse(self) -> Any:
            """The request, without its body; None when it is refused."""
            try:
                return super().__next__()
            except Exception as error:  # the thread's, which answers it
                self.failure = error
                return None

        def __next__(self) -> Any:
            if self.failure:
                raise self.failure
            return self.mesg

        def finish_body(self, deadline: float | None = None, max_bytes: int | None = None) -> bool:
            return self.whole

    class Connection(TConn):  # type: ignore[misc]
        def __init__(self, cfg: Any, client: socket.socket, address: Any, server: Any, wake: Callable[[Any], Any]):
            super().__init__(cfg, Outlet(client, lambda: wake(self)), address, server)
            client.setblocking(False)
            self.parser = Parser(cfg, self.sock, address)
            self.initialized = True
            self.head = b""  # what has come of a request that is not parsed yet
            self.intake: Intake | None = None  # its body
            self.kept = self.leaving = False  # whether a request was answered on it; whether there will be none
            self.until = time.monotonic() + options.timeout  # when it is closed, if nothing happens
            self.asked = 0.0  # when its request was whole
            self.gone = False  # whether the loop has answered in its stead
            self.keep: bool | None = None  # whether the connection is kept, once its thread knows

        @property
        def idle(self) -> bool:
            """Whether no request has begun on it."""
            return not (self.head or self.intake or self.leaving)

        def read_head(self) -> None:
            """Parse the header, which is whole, and find out how the body comes."""
            self.parser.unreader.unread(self.head)
            self.head = b""
            request = self.parser.parse()
            if request is None:
                return
            reader = request.body.reader
            if isinstance(reader, ChunkedReader):
                self.intake = Chunks(options.body_limit, options.header_limit)
            elif reader.length:
                self.intake = Intake(reader.length, options.body_limit)
                if reader.length > options.body_limit and not options.proxied:
                    self._give(reader.length, whole=False)  # application.py refuses it
            if self.intake and request._expected_100_continue and not self.ready:
                self.sock.client.send(CONTINUE)
            request._expected_100_continue = False

        @property
        def ready(self) -> bool:
            """Whether a thread can have the request."""
            return self.intake is None or self.parser.mesg.body is self.intake.body

        def read_body(self, data: bytes) -> None:
            """Take what has come of the body; behind a front end over HTTP all, as Apache hears no answer before."""
            if self.intake is None or self.ready:
                return
            self.until = time.monotonic() + options.timeout
            try:
                self.parser.unreader.unread(self.intake.feed(data))
            except Malformed as error:
                self.parser.failure, self.intake = InvalidChunkSize(str(error)), None
                return
            if self.intake.whole or (self.intake.size > options.body_limit and not options.proxied):
                self._give(self.intake.size, self.intake.whole)

        def _give(self, size: int, whole: bool) -> None:
            request = self.parser.mesg
            request.body = self.intake.body  # type: ignore[union-attr]
            request.headers = [
                header for header in request.headers if header[0] not in ("TRANSFER-ENCODING", "CONTENT-LENGTH")
            ]
            request.headers.append(("CONTENT-LENGTH", str(size)))
            self.parser.whole = whole
            if not whole:
                request.force_close()

        def begin_anew(self, patience: float) -> None:
            """Its request is answered; wait that long for the next one."""
            self.sock.begin()
            self.until = time.monotonic() + patience
            self.kept, self.keep = True, None
            if self.intake:
                self.intake.body.close()
                self.intake = None

        @property
        def name(self) -> str:
            """What it asks for, for the log."""
            return f"{self.parser.mesg.method} {self.parser.mesg.path}"

        def close(self, graceful: bool = False) -> None:
            """At once; the worker sees to what comes before."""
            self.sock.lose()
            self.sock.client.close()
            if self.intake and not self.gone:
                self.intake.body.close()

    return Connection
