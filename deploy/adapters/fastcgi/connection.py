"""A front end's connection: flup's, which leaves reading and waiting to the loop."""

from __future__ import annotations

import struct
import traceback
from typing import Any

from ..loop.connection import Connection as Base
from ..loop.outlet import Outlet

NO_RECORD = bytes(8)  # of no version: nginx takes the mere end of a connection for that of a response
TIMED_OUT = b"Status: 504 Gateway Timeout\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGateway Timeout\n"


def connection(body_limit: int) -> type[Any]:
    """The class of connections; of a body, no more than a little over `body_limit` is kept."""
    from flup.server import fcgi_base as flup

    class Connection(Base, flup.Connection):  # type: ignore[misc]
        _keepGoing = True
        cut = False  # whether the front end must not take a response for whole
        request: Any = None  # one that is whole

        def __init__(self, server: Any, outlet: Outlet) -> None:
            super().__init__(outlet, None, server, None)
            self.outlet, self.received = outlet, b""

        @property
        def lost(self) -> bool:
            """Whether the front end has left."""
            return self.outlet.lost

        def take(self, data: bytes) -> bool:
            """Take what has come; whether a request is whole. Raises ValueError for what is no FastCGI."""
            self.received += data
            self.begun = True
            position = 0
            while not self.request and position + flup.FCGI_HEADER_LEN <= len(self.received):
                record = flup.Record()
                header = self.received[position : position + flup.FCGI_HEADER_LEN]
                version, record.type, record.requestId, length, padding = struct.unpack(flup.FCGI_Header, header)
                if version != flup.FCGI_VERSION_1:
                    raise ValueError("the front end does not speak FastCGI")
                start = position + flup.FCGI_HEADER_LEN
                if start + length + padding > len(self.received):
                    break
                record.contentLength, record.contentData = length, self.received[start : start + length]
                position = start + length + padding
                try:
                    self.dispatch(record)
                except Exception as error:  # whatever flup makes of it
                    raise ValueError(f"a malformed FastCGI record of type {record.type}") from error
            self.received = self.received[position:]
            return self.request is not None

        def dispatch(self, record: Any) -> None:
            """Take one record."""
            kinds = {
                flup.FCGI_GET_VALUES: self._do_get_values, flup.FCGI_BEGIN_REQUEST: self._do_begin_request,
                flup.FCGI_ABORT_REQUEST: self._do_abort_request, flup.FCGI_PARAMS: self._do_params,
                flup.FCGI_STDIN: self._do_stdin, flup.FCGI_DATA: self._do_data,
            }  # fmt: skip
            if record.type in kinds:
                kinds[record.type](record)
            elif record.requestId == flup.FCGI_NULL_REQUEST_ID:
                self._do_unknown_type(record)

        def serve_one(self) -> bool:
            """Answer the request; whether the front end keeps the connection open for another."""
            request, self.cut = self.request, True
            try:
                request.run()
                self.cut = False
            except (EOFError, OSError):
                pass  # the front end has left, or the response is cut
            except Exception:
                traceback.print_exc()
            return not self.cut and self._keepGoing and not self._requests

        def release(self) -> None:
            for request in (self.request, *self._requests.values()):
                if request:
                    request.stdin.close()
            self.request, self.begun = None, bool(self.received)

        @property
        def name(self) -> str:
            params = self.request.params
            return f"{params['REQUEST_METHOD']} {params.get('PATH_INFO', '')}"

        @property
        def late(self) -> bytes:
            records = ((flup.FCGI_STDOUT, TIMED_OUT), (flup.FCGI_END_REQUEST, bytes(8)))
            return b"".join(
                struct.pack(flup.FCGI_Header, 1, record, self.request.requestId, len(content), 0) + content
                for record, content in records
            )

        @property
        def farewell(self) -> bytes:
            return NO_RECORD if self.cut else b""

        def _cleanupSocket(self) -> None:
            """The loop closes it: flup's own waits for the front end."""

        def writeRecord(self, record: Any) -> None:
            """Send a record in one piece; flup sends header, content and padding one by one."""
            parts: list[bytes] = []
            record._sendall = lambda _, data: parts.append(data)
            record.write(self.outlet)
            self.outlet.sendall(b"".join(parts))

        def _do_params(self, record: Any) -> None:
            """Parse the parameters when all of them are here; flup cannot read one that spans two records.

            nginx before 1.23 hands equal headers over one by one; they are one list (RFC 3875 4.1.18).
            """
            request = self._requests.get(record.requestId)
            if request is None:
                return
            if record.contentLength:
                request.encoded += record.contentData
                return
            position, found = 0, request.params
            while position < len(request.encoded):
                position, (raw, value) = flup.decode_pair(request.encoded, position)
                name, text = raw.decode("latin-1"), value.decode("latin-1")
                found[name] = f"{found[name]}, {text}" if name in found and name.startswith("HTTP_") else text
            request.encoded = b""

        def _do_stdin(self, record: Any) -> None:
            """Take a piece of the body, as far as it is within the limit, or its end."""
            request = self._requests.get(record.requestId)
            if request is None:
                return
            if record.contentLength:
                if request.stdin.tell() <= body_limit:  # application.py refuses what is larger
                    request.stdin.write(record.contentData)
            else:
                request.stdin.seek(0)
                self.request = request

    return Connection
