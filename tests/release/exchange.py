"""One request and its answer, judged: whole, right, from which release."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Callable
from typing import NamedTuple

from ..contract.client import Closed, Connection, Request
from .application import PAGE, PIECES, proof

UPLOAD = bytes(range(251)) * 4178  # about 1 MiB
SLOW_UPLOAD = UPLOAD[:20000]
STEP = 0.04  # seconds between two pieces that a slow client sends or takes


class Answer(NamedTuple):
    """How one request ended. Times are the monotonic clock's; `wrong` is empty when the answer was right."""

    kind: str
    begun: float
    first: float  # when its first bytes came, or it was given up
    ended: float
    release: str
    wrong: str


class Kind(NamedTuple):
    """A request and the body of its only right answer."""

    request: Request
    right: bytes


PLAIN = Kind(Request(target="/"), PAGE)
POST = Kind(Request("POST", "/", body=UPLOAD), proof(UPLOAD, False))
STREAM = Kind(Request(target="/stream"), b"".join(PIECES))
SLOW = Kind(Request("POST", "/slow", body=SLOW_UPLOAD), proof(SLOW_UPLOAD, True))


def hold(seconds: float) -> Kind:
    """A request that takes the application so long."""
    return Kind(Request(target=f"/hold?{seconds}"), PAGE)


class Lost(Exception):
    """A kept connection was closed before the answer's first byte: HTTP lets a client ask again (RFC 9112 9.3.1)."""


class Client:
    """A connection, opened when it is needed and kept as long as the server likes."""

    def __init__(self, port: int, address: str, token: str, host: str) -> None:
        self.port, self.address, self.host = port, address, host
        self.named = (("X-Release-Token", token),)  # who has it is told which release answers
        self.connection: Connection | None = None
        self.used = False

    def ask(self, name: str, kind: Kind, slow: bool = False) -> Answer:
        """Ask once; raises Lost when a kept connection turns out to be closed."""
        begun = first = time.monotonic()
        release = ""
        wrong: list[str] = []
        try:
            connection = self.open()
            request = kind.request._replace(host=self.host, headers=(*kind.request.headers, *self.named))
            _send(connection, request.wire(), slow)
            if slow:
                connection.more = _slowly(connection.more)  # type: ignore[method-assign]
            status, reason, headers = connection.head()
            first = time.monotonic()
            named = {header.lower(): value for header, value in headers}
            release = named.get("x-release", "")
            body, whole = connection.body("GET", status, named)
            wrong += [f"answered {status} {reason}"] if status != 200 else []
            wrong += [f"cut after {len(body)} bytes"] if not whole else []
            wrong += [f"{len(body)} bytes are not the answer"] if whole and status == 200 and body != kind.right else []
            self.used = True
            if wrong or named.get("connection", "").lower() == "close":
                self.close()
        except (Closed, OSError) as error:
            lost = self.used and isinstance(error, Closed) and not release and not connection.unread
            first = first if release else time.monotonic()
            self.close()
            if lost:
                raise Lost from error
            wrong.append(f"{type(error).__name__}: {error}")
        return Answer(name, begun, first, time.monotonic(), release, "; ".join(wrong))

    def open(self) -> Connection:
        """The connection; a new one when there is none or the server has closed it, which a careful client sees."""
        if self.connection and select.select([self.connection.socket], [], [], 0)[0]:
            self.close()
        if not self.connection:
            self.connection = Connection(self.port, "", self.address)
        return self.connection

    def close(self) -> None:
        """Leave."""
        if self.connection:
            self.connection.socket.close()
        self.connection, self.used = None, False


def _send(connection: Connection, wire: bytes, slow: bool) -> None:
    if not slow:
        connection.send(wire)
        return
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
    head, _, body = wire.partition(b"\r\n\r\n")
    for piece in (head[:9], head[9:], b"\r\n\r\n", body[:9000], body[9000:]):
        with contextlib.suppress(ConnectionError):  # what the server says to that is read
            connection.socket.sendall(piece)
        time.sleep(STEP)


def _slowly(more: Callable[..., bytes]) -> Callable[..., bytes]:
    def slowly(size: int = 65536) -> bytes:
        time.sleep(STEP)
        return more(65536)

    return slowly
