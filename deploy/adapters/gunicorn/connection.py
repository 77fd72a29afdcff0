"""A client's connection to gunicorn's worker: a request as its loop takes it, and as a thread answers it."""

from __future__ import annotations

import re
import traceback
from typing import Any

from ..loop.connection import Connection as Base
from ..loop.intake import Chunks, Intake, Malformed
from ..loop.lifetime import say
from ..loop.outlet import Outlet
from ..loop.refused import refused
from ..options import LINGER, Options
from ..wsgi.measured import TooShort
from .request import Unacceptable, parser

BLANK_LINE = re.compile(rb"\n\r?\n")  # ends a header
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def connection(options: Options) -> type[Any]:
    """The class of a worker's connections."""
    from gunicorn.http.wsgi import create

    parse = parser(options.header_limit)

    class Connection(Base):
        first, following, silence = options.timeout, options.keepalive_timeout, options.timeout
        request: Any = None
        refusal = ""  # the status that it is refused with
        intake: Intake | None = None  # its body

        def __init__(self, worker: Any, outlet: Outlet, address: Any) -> None:
            self.worker, self.outlet, self.address = worker, outlet, address
            self.received = b""

        @property
        def begun(self) -> bool:  # type: ignore[override]
            return bool(self.received or self.request or self.refusal)

        @property
        def renews(self) -> bool:  # type: ignore[override]
            return self.intake is not None

        @property
        def linger(self) -> float:  # type: ignore[override]
            """A client that still sends what nobody reads is let finish: Apache passes no answer on before that."""
            return LINGER if self.intake is None or self.intake.whole else options.timeout

        @property
        def name(self) -> str:
            return f"{self.request.method} {self.request.path}"

        @property
        def late(self) -> bytes:
            return refused("504 Gateway Timeout", options)

        def take(self, data: bytes) -> bool:
            self.received += data
            try:
                if self.request is None and not self.read_head():
                    return False
                return self.intake is None or self.read_body(self.intake)
            except (Unacceptable, Malformed) as error:
                say(f"a request is refused: {error}")
                self.refusal, self.received = getattr(error, "status", "400 Bad Request"), b""
                if self.intake:
                    self.intake.body.close()
                    self.intake = None
                return True

        def read_head(self) -> bool:
            """Parse the header, if it is whole, and find out how the body comes."""
            if not (BLANK_LINE.search(self.received) or len(self.received) > 2 * options.header_limit):
                return False
            self.request, length, self.received = parse(self.worker.cfg, self.received, self.address)
            self.request.stopping = lambda: self.worker.loop.stopping
            if length is None:
                self.intake = Chunks(options.body_limit, options.header_limit)
            elif length:
                self.intake = Intake(length, options.body_limit)
            if self.intake and not self.enough(length or 0) and self.request.expects:
                self.outlet.client.send(CONTINUE)
            return True

        def enough(self, size: int) -> bool:
            """Whether application.py refuses a body of that size; behind a front end all of it is read.

            Apache reads no answer before it has sent the body.
            """
            return size > options.body_limit and not options.proxied

        def read_body(self, intake: Intake) -> bool:
            """Take what has come of the body; whether a thread can have the request."""
            announced = intake.size + intake.left
            if not self.enough(announced):
                self.received = intake.feed(self.received)
                announced = intake.size
            if not (intake.whole or self.enough(announced)):
                return False
            self.request.give(intake.body, announced, intake.whole)
            return True

        def serve_one(self) -> bool:
            if self.refusal:
                self.outlet.sendall(refused(self.refusal, options))
                return False
            response, environ = create(self.request, self.outlet, self.address, self.worker.address, self.worker.cfg)
            environ["wsgi.multithread"] = options.threads > 1
            try:
                self.respond(response, environ)
            except TooShort:
                return False
            except (Exception, SystemExit):
                if not self.outlet.lost:
                    traceback.print_exc()
                    if not response.headers_sent:
                        self.outlet.sendall(refused("500 Internal Server Error", options))
                return False
            return not response.should_close()

        def respond(self, response: Any, environ: Any) -> None:
            """Have the application answer; a file that it gives is sent by the kernel."""
            body = self.worker.wsgi(environ, response.start_response)
            try:
                if isinstance(body, environ["wsgi.file_wrapper"]):
                    response.write_file(body)
                else:
                    for piece in body:
                        response.write(piece)
                response.close()
            finally:
                getattr(body, "close", lambda: None)()

        def release(self) -> None:
            if self.intake:
                self.intake.body.close()
            if self.intake is None or self.intake.whole:
                self.intake = None
            self.request = None

    return Connection
