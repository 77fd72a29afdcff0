"""The requests of front ends: taken whole, answered by threads; what is taken late, the loop sends."""

from __future__ import annotations

import contextlib
import math
import selectors
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any

from ..loop.lifetime import Lifetime, say
from ..loop.threads import Pool
from ..options import LINGER, Options

PIECE = 65536  # bytes read at once
NO_RECORD = bytes(8)  # of no version: nginx takes the mere end of a connection for that of a response


class Exchanges:
    """A poller for connections, and threads for requests."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.pool, self.life = Pool(options.threads), Lifetime(options)
        self.busy: dict[Future[bool], Any] = {}
        self.until: dict[Any, float] = {}  # when a connection that the loop has is closed, if nothing happens on it
        self.poller = selectors.DefaultSelector()
        self.asked: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.woken, self.wake = socket.socketpair()
        self.wake.setblocking(False)
        self.poller.register(self.woken, selectors.EVENT_READ, self.answer_threads)

    def poll(self, seconds: float) -> bool:
        """Do what there is to do; whether anything came within that time."""
        events = self.poller.select(seconds)
        for key, _ in events:
            key.data()
        return bool(events)

    def call(self, what: Callable[[], None]) -> None:
        """Have the loop do something; for threads."""
        self.asked.put(what)
        with contextlib.suppress(BlockingIOError):  # full of wake-ups, so it wakes anyway
            self.wake.send(b".")

    def answer_threads(self) -> None:
        """Take the bytes that woke the poller, and do what threads have asked for."""
        self.woken.recv(4096)
        while not self.asked.empty():
            self.asked.get()()

    def watch(self, connection: Any, event: int, then: Callable[[Any], None]) -> None:
        """Wait until something comes, or can be sent."""
        self.unwatch(connection)
        self.poller.register(connection._sock, event, lambda: then(connection))
        connection.watched = True

    def unwatch(self, connection: Any) -> None:
        """Wait no longer."""
        if connection.watched:
            self.poller.unregister(connection._sock)
            connection.watched = False

    def hear(self, connection: Any) -> None:
        """Take what has come; a thread answers a request that is whole."""
        try:
            data = connection._sock.client.recv(PIECE)
        except BlockingIOError:
            self.until.setdefault(connection, math.inf)  # an idle one is its front end's to close
        except OSError:
            return self.close(connection)
        else:
            if not data:
                return self.close(connection)
            if not connection.leaving:
                self.until[connection] = time.monotonic() + self.options.timeout
                try:
                    if connection.take(data):
                        return self.work(connection)
                except ValueError as error:
                    say(f"a connection is closed: {error}")
                    return self.close(connection)
        if not connection.watched:
            self.watch(connection, selectors.EVENT_READ, self.hear)
        return None

    def work(self, connection: Any) -> None:
        """Have a thread answer the request that has come."""
        self.unwatch(connection)
        self.until.pop(connection, None)
        future = self.pool.submit(connection.serve_one)
        self.busy[future] = connection
        future.add_done_callback(lambda done: self.call(lambda: self.finish(done)))

    def finish(self, future: Future[bool]) -> None:
        """Its thread has done with it."""
        self.life.requests += 1
        if connection := self.busy.pop(future, None):
            connection.keep = future.exception() is None and future.result()
            self.send(connection)

    def send(self, connection: Any) -> None:
        """Send what a thread has left to the loop; then go on as it has said."""
        outlet = connection._sock
        if outlet.flush() or connection not in self.until:
            self.until[connection] = time.monotonic() + self.options.timeout
        if outlet.parts:
            if not connection.watched:
                self.watch(connection, selectors.EVENT_WRITE, self.send)
            return
        self.unwatch(connection)
        self.until.pop(connection)
        if outlet.lost and connection.keep is not None:
            self.close(connection)
        elif connection.keep is not None:
            self.go_on(connection)

    def go_on(self, connection: Any) -> None:
        """The response is sent: wait for another request, or for the front end to close."""
        if connection.keep:
            connection.keep = None
            connection._sock.begin()
            if connection.received and connection.take(b""):
                return self.work(connection)
        else:
            connection.leaving, connection.begun = True, False
            self.until[connection] = time.monotonic() + LINGER
            with contextlib.suppress(OSError):  # the front end has left, which `hear` finds out
                if connection.cut:
                    connection._sock.client.send(NO_RECORD)
                connection._sock.client.shutdown(socket.SHUT_WR)
        return self.hear(connection)

    def close(self, connection: Any) -> None:
        """Close a connection; a thread that still answers on it hears of it."""
        self.unwatch(connection)
        self.until.pop(connection, None)
        connection._sock.lose()
        connection._sock.client.close()
