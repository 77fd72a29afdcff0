"""FastCGI by flup: `python -m deploy.adapters fastcgi` under a supervisor, `yourapplication.fcgi` under a web server.

flup speaks the protocol; the loop around it is ours. flup's own keeps a thread for every open connection, cuts the next
one off when it has no thread left, and ignores SIGTERM while a front end keeps a connection open.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..loop.door import Door
from ..loop.outlet import Outlet
from ..options import LINGER, Options
from .exchanges import Exchanges

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

protocols = ("fastcgi",)
requires = ("flup",)
programs: dict[str, str] = {}
inherits = ("unix", "tcp")
forks = False
stop_signal = "TERM"

LOOK = 0.25  # seconds between two looks at what has waited for long enough


def serve(load: Callable[[], WSGIApplication], listener: socket.socket, options: Options) -> None:
    """Serve until SIGTERM, each request in one of `options.threads` threads."""
    from .server import server

    spawned = not options.adapter  # by a web server, which may have started others
    multiprocess = options.processes > 1 or spawned
    Loop(listener, server(load(), options.threads > 1, multiprocess, options.body_limit), options).run()


def enter(folder: str, arguments: list[str]) -> int:
    """Serve the release in `folder`, on the socket inherited from a web server or named; called by its entry file."""
    from ..__main__ import main

    listen = [f"--listen={os.path.abspath(name) if '/' in name else name}" for name in arguments[:1]]
    os.chdir(folder)
    return main(["fastcgi", *listen])


class Loop(Exchanges):
    """Accepts while a thread is free, so that another process can take what this one cannot; and ends."""

    def __init__(self, listener: socket.socket, server: Any, options: Options) -> None:
        super().__init__(options)
        self.listener, self.server, self.door = listener, server, Door(listener)
        self.stopping = self.accepting = False

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then finish what has begun, for at most graceful_timeout."""
        signal.set_wakeup_fd(self.wake.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        while not self.stopping:
            self.listen(len(self.busy) < self.options.threads and not self.door.shut)
            self.poll(LOOK)
            self.stopping = self.look() or self.stopping
        self.listen(False)
        self.listener.close()
        self.drain()

    def drain(self) -> None:
        """Answer what has begun, and what still comes on connections that are kept open."""
        stopped = time.monotonic()
        while (self.busy or self.until) and (now := time.monotonic()) < stopped + self.options.graceful_timeout:
            if not self.poll(0.05) and now > stopped + LINGER:
                for connection in [each for each in self.until if not (each.begun or each._sock.parts)]:
                    self.close(connection)
            self.look()

    def look(self) -> bool:
        """End what has waited for long enough; whether the process is to stop."""
        now = time.monotonic()
        for connection in [each for each, until in self.until.items() if until < now]:
            self.close(connection)
        for future in self.life.overdue(self.pool):
            connection, job = self.busy.get(future), self.pool.running.get(future)
            if connection and job:
                params = connection.request.params
                self.life.cut(f"{params['REQUEST_METHOD']} {params.get('PATH_INFO', '')}", job.thread)
                connection.time_out()
                del self.busy[future]
                self.close(connection)
        return self.life.over()

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

    def accept(self) -> None:
        """Take one connection, unless another process has taken it."""
        if found := self.door.accept():
            accepted, _ = found
            connection = self.server.connect(Outlet(accepted, lambda: self.call(lambda: self.send(connection))))
            self.hear(connection)
