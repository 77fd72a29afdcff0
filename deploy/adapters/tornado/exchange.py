"""What Tornado's HTTP server calls for each connection and request: bodies are spooled, and bounded."""

from __future__ import annotations

import asyncio
import tempfile
import traceback
from typing import TYPE_CHECKING, Any

from ..options import LINGER, Options
from ..wsgi.application import FAILED
from ..wsgi.measured import TooShort
from ..wsgi.naming import BAD_REQUEST
from ..wsgi.request import SPOOL
from ..wsgi.response import refusing
from .reply import environ, reply

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from .late import Late


def exchanges(application: WSGIApplication, options: Options, late: Late, stop: asyncio.Event) -> Any:
    """The server's delegate."""
    from tornado.httputil import HTTPMessageDelegate, HTTPServerConnectionDelegate
    from tornado.iostream import StreamClosedError

    faulty, failed = refusing(BAD_REQUEST, options), refusing(FAILED, options)
    header_too_large = refusing(("431 Request Header Fields Too Large", []), options)
    flags = {"wsgi.multithread": options.threads > 1, "wsgi.multiprocess": options.processes > 1}
    loop = asyncio.get_running_loop()

    class Exchanges(HTTPServerConnectionDelegate):  # type: ignore[misc]
        def start_request(self, server_conn: object, request_conn: Any) -> HTTPMessageDelegate:
            request_conn.stream.expect_request()
            return Exchange(request_conn)

    class Exchange(HTTPMessageDelegate):  # type: ignore[misc]
        """One request; it is answered when its body is here, or early when it is refused for its size."""

        def __init__(self, connection: Any) -> None:
            self.connection = connection
            self.received = self.early = self.answered = False
            self.size = 0

        def headers_received(self, start_line: Any, headers: Any) -> None:
            self.start_line, self.headers = start_line, headers
            self.body = tempfile.SpooledTemporaryFile(SPOOL)  # noqa: SIM115 - closed with the request
            self.began = self.heard = loop.time()
            self.silence = loop.call_later(options.timeout, self.listen)
            length = headers.get("Content-Length", "")
            size = len(start_line.path) + sum(len(name) + len(value) + 4 for name, value in headers.get_all())
            if size > options.header_limit:
                self.refuse(header_too_large)
            elif start_line.version == "HTTP/1.0" and "Transfer-Encoding" in headers:
                self.refuse(faulty)  # RFC 9112 6.1
            elif length.isdigit() and int(length) > options.body_limit:
                self.size = int(length)
                self.refuse(application)

        def data_received(self, chunk: bytes) -> None:
            self.heard = loop.time()
            if not self.early:
                self.size += len(chunk)
                if self.size > options.body_limit:
                    self.refuse(application)
                else:
                    self.body.write(chunk)

        def listen(self) -> None:
            """Close the connection when nothing has been heard for too long."""
            patience = LINGER if self.early else options.timeout
            left = min(self.heard + patience, self.began + options.timeout if self.early else self.heard + patience)
            if left <= loop.time():
                self.connection.close()
            else:
                self.silence = loop.call_at(left, self.listen)

        def refuse(self, by: WSGIApplication) -> None:
            """Answer at once, and read on for a while: else the client, still sending, might never see the answer."""
            self.early = True
            self.began = loop.time()
            self.headers.pop("Expect", None)
            self.task = loop.create_task(self.respond(by))
            self.silence.cancel()
            self.silence = loop.call_later(LINGER, self.listen)

        def finish(self) -> None:
            self.received = True
            self.silence.cancel()
            if not self.early:
                self.task = loop.create_task(self.respond(application))
            elif self.answered:
                self.end()

        def on_connection_close(self) -> None:
            self.forget()

        @property
        def closing(self) -> bool:
            """Whether the connection closes after the response."""
            return self.early or stop.is_set()

        def forget(self) -> None:
            self.silence.cancel()
            self.body.close()

        async def respond(self, by: WSGIApplication) -> None:
            self.body.seek(0)
            context = self.connection.context
            self.environ = environ(self.start_line, self.headers, context, self.body, self.size) | flags
            late.begin(self)
            try:
                await reply(self, by, failed, late.pool)
                self.answered = True
                if self.received:
                    self.end()
            except StreamClosedError:  # the client has left
                self.forget()
            except TooShort:
                self.connection.close()
                self.forget()
            except Exception:
                traceback.print_exc()
                self.connection.close()
                self.forget()
            finally:
                late.end(self)

        def end(self) -> None:
            self.connection.finish()
            self.forget()

    return Exchanges()
