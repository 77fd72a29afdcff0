"""What a loop waits for: its connections, and its threads, which wake it."""

from __future__ import annotations

import contextlib
import selectors
import socket
from collections.abc import Callable
from queue import SimpleQueue

from .connection import Connection


class Poller:
    """Calls what was said to be called when something comes, or can be sent."""

    def __init__(self) -> None:
        self.poller = selectors.DefaultSelector()
        self.asked: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.woken, self.wake = socket.socketpair()
        self.wake.setblocking(False)
        self.poller.register(self.woken, selectors.EVENT_READ, self.answer_threads)

    def poll(self, seconds: float) -> None:
        """Do what there is to do within that time."""
        for key, _ in self.poller.select(seconds):
            key.data()

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

    def watch(self, connection: Connection, event: int, then: Callable[[Connection], None]) -> None:
        """Wait until something comes, or can be sent."""
        self.unwatch(connection)
        self.poller.register(connection.outlet, event, lambda: then(connection))
        connection.watched = True

    def unwatch(self, connection: Connection) -> None:
        """Wait no longer."""
        if connection.watched:
            self.poller.unregister(connection.outlet)
            connection.watched = False
