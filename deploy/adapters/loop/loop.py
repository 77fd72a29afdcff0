"""The loop of a process that serves with threads: accepts, looks for what takes too long, and ends."""

from __future__ import annotations

import selectors
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

from ..options import Options
from .connection import Connection
from .door import Door
from .exchanges import Exchanges
from .outlet import Outlet

LOOK = 0.25  # seconds between two looks at what has waited for long enough
SOON = 0.05  # and when the process stops


class Loop(Exchanges):
    """Serves until `told` to stop, then finishes what has begun, for at most graceful_timeout.

    With `reserved` it accepts only while a thread is free, so that another process can take what this one cannot: for
    a front end, which connects when it has a request.
    """

    def __init__(
        self,
        listener: socket.socket,
        connect: Callable[[Outlet, Any], Connection],
        options: Options,
        told: Callable[[], bool],
        *,
        reserved: bool = False,
    ) -> None:
        super().__init__(options)
        self.listener, self.connect, self.told, self.reserved = listener, connect, told, reserved
        self.door, self.accepting, self.looked = Door(listener), False, 0.0

    def run(self) -> None:
        """Until that."""
        signal.set_wakeup_fd(self.wake.fileno(), warn_on_full_buffer=False)
        while not self.stopping:
            free = not self.reserved or len(self.busy) < self.options.threads
            self.listen(free and not self.door.shut)
            self.poll(LOOK)
            self.stopping = self.told() or self.look()
        self.listen(False)
        self.listener.close()
        self.drain()

    def drain(self) -> None:
        """Answer what has begun, and what still comes on connections that are kept open."""
        stopped = time.monotonic()
        for connection in [each for each in self.until if each.idle]:
            self.until[connection] = min(self.until[connection], stopped + self.patience(connection))
        while (self.busy or self.until) and time.monotonic() < stopped + self.options.graceful_timeout:
            self.poll(SOON)
            self.told()
            self.look()

    def look(self) -> bool:
        """End what has waited for long enough; whether the process is to be replaced."""
        now = time.monotonic()
        if now < self.looked + (SOON if self.stopping else LOOK):
            return False
        self.looked = now
        for connection in [each for each, until in self.until.items() if until < now]:
            self.close(connection)
        for connection in [each for each in self.busy.values() if each.asked < now - each.silence]:
            self.answer_late(connection)
        for future in self.life.overdue(self.pool):
            late, job = self.busy.get(future), self.pool.running.get(future)
            if late and job:
                self.life.cut(late.name, job.thread)
                if not self.answer_late(late):
                    self.close(late)
        return self.life.over()

    def answer_late(self, connection: Connection) -> bool:
        """Answer a request that the application is silent about; whether the client need not be cut off."""
        if not connection.gone and connection.time_out():
            connection.gone = True
            self.leave(connection)
        return connection.gone

    def listen(self, free: bool) -> None:
        """Have connections accepted, or not."""
        if free and not self.accepting:
            self.poller.register(self.listener, selectors.EVENT_READ, self.accept)
        elif self.accepting and not free:
            self.poller.unregister(self.listener)
        self.accepting = free

    def accept(self) -> None:
        """Take one connection, unless another process has taken it."""
        if found := self.door.accept():
            client, address = found
            outlet = Outlet(client, lambda: self.call(lambda: self.send(connection)))
            connection = self.connect(outlet, address)
            if len(self.until) + len(self.busy) >= self.options.connections:
                self.make_room()
            self.hear(connection)

    def make_room(self) -> None:
        """Close the connection on which nobody has asked for anything for longest."""
        if oldest := next((each for each in self.until if each.idle), None):
            self.close(oldest)
