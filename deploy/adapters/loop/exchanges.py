"""The requests on a loop's connections: taken whole, answered by threads; what is taken late, the loop sends."""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from concurrent.futures import Future

from ..options import FIRST, LINGER, Options
from .connection import Connection
from .lifetime import Lifetime, say
from .poller import Poller
from .threads import Pool

PIECE = 65536  # bytes read at once


class Exchanges(Poller):
    """Threads for the requests on the connections that the loop has."""

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.options = options
        self.pool, self.life = Pool(options.threads), Lifetime(options)
        self.stopping = False
        self.busy: dict[Future[bool], Connection] = {}
        self.until: dict[Connection, float] = {}  # when one that the loop has is closed, if nothing happens on it

    def hear(self, connection: Connection) -> None:
        """Take what has come; a thread answers a request that is whole."""
        try:
            data = connection.outlet.client.recv(PIECE)
        except BlockingIOError:
            self.until.setdefault(connection, time.monotonic() + self.patience(connection))
        except OSError:
            return self.close(connection)
        else:
            if not data:
                return self.close(connection)
            if not connection.leaving and self.take(connection, data):
                return None
        if not connection.watched:
            self.watch(connection, selectors.EVENT_READ, self.hear)
        return None

    def take(self, connection: Connection, data: bytes) -> bool:
        """Take what has come of a request; whether the loop waits for no more of it."""
        if connection.renews or not connection.begun or connection not in self.until:
            self.until[connection] = time.monotonic() + self.options.timeout
        try:
            if connection.take(data):
                self.work(connection)
                return True
        except ValueError as error:
            say(f"a connection is closed: {error}")
            self.close(connection)
            return True
        return False

    def patience(self, connection: Connection) -> float:
        """Seconds that a request is waited for; fewer for the next one than for the first."""
        usual, last = (connection.following, LINGER) if connection.kept else (connection.first, FIRST)
        return min(usual, last) if self.stopping else usual

    def work(self, connection: Connection) -> None:
        """Have a thread answer the request that has come."""
        self.unwatch(connection)
        self.until.pop(connection, None)
        connection.asked = time.monotonic()
        future = self.pool.submit(connection.serve_one)
        self.busy[future] = connection
        future.add_done_callback(lambda done: self.call(lambda: self.finish(done)))

    def finish(self, future: Future[bool]) -> None:
        """Its thread has done with it."""
        self.life.requests += 1
        connection = self.busy.pop(future)
        connection.release()
        if not connection.gone:
            connection.keep = future.exception() is None and future.result()
            self.send(connection)

    def send(self, connection: Connection) -> None:
        """Send what a thread has left to the loop; then go on as it has said."""
        outlet = connection.outlet
        if connection.gone:
            return
        if outlet.flush() or connection not in self.until:
            self.until[connection] = time.monotonic() + self.options.timeout
        if outlet.parts:
            if not connection.watched:
                self.watch(connection, selectors.EVENT_WRITE, self.send)
            return
        self.unwatch(connection)
        self.until.pop(connection)
        if connection.keep is None:
            return
        if outlet.lost:
            self.close(connection)
        elif connection.keep:
            self.go_on(connection)
        else:
            self.leave(connection)

    def go_on(self, connection: Connection) -> None:
        """The response is sent: wait for another request, of which something may be here."""
        connection.keep, connection.kept = None, True
        connection.outlet.begin()
        if not (connection.begun and self.take(connection, b"")):
            self.hear(connection)

    def leave(self, connection: Connection) -> None:
        """Let the client close first, so that it sees the whole response (RFC 9112 9.6)."""
        connection.leaving = True
        self.until[connection] = time.monotonic() + connection.linger
        with contextlib.suppress(OSError):  # the client has left, which `hear` finds out
            if connection.farewell:
                connection.outlet.client.send(connection.farewell)
            connection.outlet.client.shutdown(socket.SHUT_WR)
        self.hear(connection)

    def close(self, connection: Connection) -> None:
        """Close a connection; a thread that still answers on it hears of it."""
        self.unwatch(connection)
        self.until.pop(connection, None)
        connection.outlet.lose()
        connection.outlet.client.close()
        if not connection.gone and connection not in self.busy.values():
            connection.release()
        connection.gone = True
