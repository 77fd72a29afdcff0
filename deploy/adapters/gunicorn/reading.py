"""What gunicorn's worker hears of its clients: its loop reads whole requests, and waits."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from selectors import EVENT_READ
from typing import Any

from ..options import LINGER, Options

BLANK_LINE = re.compile(rb"\n\r?\n")  # ends a header
PIECE = 65536  # bytes read at once


class Reading:
    """The half of a worker that reads; gunicorn's own has the poller, and a pool of threads behind `enqueue_req`."""

    options: Options
    poller: Any
    nr_conns: int
    enqueue_req: Callable[[Any], None]
    hearing: dict[Any, Callable[[Any, bytes], None]]  # who takes what comes; those that have been silent longest first

    def read(self, conn: Any, then: Callable[[Any, bytes], None]) -> None:
        """Have `then` take what has come on a connection, now or as soon as anything comes."""
        data = received(conn.sock.client)
        if data:
            then(conn, data)
        elif data is None:
            self.watch(conn, then)
        else:
            self.forget(conn)

    def watch(self, conn: Any, then: Callable[[Any, bytes], None]) -> None:
        """Wait for more."""
        if conn not in self.hearing:
            self.poller.register(conn.sock, EVENT_READ, lambda _: self.read(conn, self.hearing[conn]))
        self.hearing[conn] = then

    def unwatch(self, conn: Any) -> None:
        """Leave what comes where it is."""
        if self.hearing.pop(conn, None):
            self.poller.unregister(conn.sock)

    def hear(self, conn: Any, data: bytes) -> None:
        """Take what has come of a request's header."""
        if not conn.head:
            conn.until = time.monotonic() + self.options.timeout
        conn.head += data
        if BLANK_LINE.search(conn.head) or len(conn.head) > 2 * self.options.header_limit:  # gunicorn refuses that
            conn.read_head()
            self.gather(conn, conn.parser.unreader.take_buffered())
        else:
            self.watch(conn, self.hear)

    def gather(self, conn: Any, data: bytes) -> None:
        """Take what has come of a request's body; a thread takes the request when that is whole."""
        conn.read_body(data)
        if conn.ready:
            self.unwatch(conn)
            self.enqueue_req(conn)
        else:
            self.watch(conn, self.gather)

    def leave(self, conn: Any) -> None:
        """Let the client close first, so that it sees the whole response (RFC 9112 9.6).

        A client that is still sending what nobody reads is let finish: Apache passes no answer on before that.
        """
        conn.leaving = True
        conn.until = time.monotonic() + (LINGER if conn.parser.whole else self.options.timeout)
        try:
            conn.sock.client.shutdown(socket.SHUT_WR)
        except OSError:
            self.forget(conn)
        else:
            self.read(conn, self.drain)

    def drain(self, conn: Any, data: bytes) -> None:
        """Read what the client still sends, for nobody."""
        self.watch(conn, self.drain)

    def make_room(self) -> None:
        """Close the connection on which nobody has asked for anything for longest."""
        if oldest := next((conn for conn in self.hearing if conn.idle), None):
            self.forget(oldest)

    def forget(self, conn: Any) -> None:
        """Close a connection."""
        self.unwatch(conn)
        self.nr_conns -= 1
        conn.close()


def received(client: socket.socket) -> bytes | None:
    """What has come: None for nothing yet, b"" when nothing more will."""
    try:
        return client.recv(PIECE)
    except BlockingIOError:
        return None
    except OSError:
        return b""
