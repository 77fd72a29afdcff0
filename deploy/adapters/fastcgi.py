"""FastCGI by flup: `python -m deploy.adapters fastcgi` under a supervisor, `yourapplication.fcgi` under a web server.

flup speaks the protocol; the loop around it is ours. flup's own keeps a thread for every open connection, cuts the next
one off when it has no thread left, and ignores SIGTERM while a front end keeps a connection open.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from .options import LINGER, Options
from .threads import Pool

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

protocols = ("fastcgi",)
requires = ("flup",)
programs: dict[str, str] = {}
inherits = ("unix", "tcp")
forks = False
stop_signal = "TERM"

MOST_IDLE = 500  # connections that front ends keep open to one process; flup cannot wait for files beyond 1024


def serve(load: Callable[[], WSGIApplication], listener: socket.socket, options: Options) -> None:
    """Serve until SIGTERM, each request in one of `options.threads` threads."""
    from .flup_server import server

    spawned = not options.adapter  # by a web server, which may have started others
    Loop(listener, server(load(), options.threads > 1, options.processes > 1 or spawned), options).run()


def enter(folder: str, arguments: list[str]) -> int:
    """Serve the release in `folder`, on the socket inherited from a web server or named; called by its entry file."""
    from .__main__ import main

    listen = [f"--listen={os.path.abspath(name) if '/' in name else name}" for name in arguments[:1]]
    os.chdir(folder)
    return main(["fastcgi", *listen])


class Loop:
    """Accepts while a thread is free, so that another process can take what this one cannot; polls idle connections."""

    def __init__(self, listener: socket.socket, server: Any, options: Options) -> None:
        self.listener, self.server, self.options = listener, server, options
        self.pool = Pool(options.threads)
        self.busy: dict[Future[bool], Any] = {}
        self.idle: set[Any] = set()
        self.stopping = self.accepting = False
        self.poller = selectors.DefaultSelector()
        self.woken, self.wake = socket.socketpair()
        self.wake.setblocking(False)
        self.poller.register(self.woken, selectors.EVENT_READ, self.forget)

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then finish what has begun, for at most graceful_timeout."""
        signal.set_wakeup_fd(self.wake.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        while not self.stopping:
            self.collect()
            self.listen(len(self.busy) < self.options.threads and len(self.idle) < MOST_IDLE)
            self.poll()
        self.listen(False)
        self.listener.close()
        self.drain()

    def poll(self, seconds: float | None = None) -> bool:
        """Do what there is to do; whether anything came within that time."""
        events = self.poller.select(seconds)
        for key, _ in events:
            key.data()
        return bool(events)

    def drain(self) -> None:
        """Answer what has begun, and what still comes on connections that are kept open."""
        stopped = time.monotonic()
        while (self.busy or self.idle) and (now := time.monotonic()) < stopped + self.options.graceful_timeout:
            self.collect()
            if not self.poll(0.05) and now > stopped + LINGER:
                for connection in self.idle:
                    self.poller.unregister(connection._sock)
                    connection.close()
                self.idle.clear()

    def listen(self, free: bool) -> None:
        """Have connections accepted, or not."""
        if free and not self.accepting:
            self.poller.register(self.listener, selectors.EVENT_READ, self.accept)
        elif self.accepting and not free:
            self.poller.unregister(self.listener)
        self.accepting = free

    def stop(self, *_: object) -> None:
        """SIGTERM."""
        self.stopping = True

    def forget(self) -> None:
        """Take the bytes that woke the poller; what they told is looked up in `collect`."""
        self.woken.recv(4096)

    def accept(self) -> None:
        """Take one connection, unless another process has taken it."""
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            accepted, _ = self.listener.accept()
            self.work(self.server.connect(accepted))

    def work(self, connection: Any) -> None:
        """Have a thread answer the request that comes on a connection."""
        future = self.pool.submit(connection.serve_one)
        self.busy[future] = connection
        future.add_done_callback(self.finished)

    def finished(self, _: object) -> None:
        """Wake the poller: a thread is free."""
        with contextlib.suppress(BlockingIOError):  # full of wake-ups, so it wakes anyway
            self.wake.send(b".")

    def collect(self) -> None:
        """Poll the connections whose request is answered and that their front end keeps open."""
        for future in [future for future in self.busy if future.done()]:
            connection = self.busy.pop(future)
            if future.result():
                self.idle.add(connection)
                self.poller.register(connection._sock, selectors.EVENT_READ, lambda c=connection: self.resume(c))

    def resume(self, connection: Any) -> None:
        """Something comes on an idle connection."""
        self.idle.discard(connection)
        self.poller.unregister(connection._sock)
        self.work(connection)
