"""What a loop knows of a connection; an adapter's own says what a request is on it, and answers one."""

from __future__ import annotations

import contextlib
import math
from abc import ABC, abstractmethod

from ..options import LINGER
from .outlet import Outlet


class Connection(ABC):
    """A client's connection. The loop reads and sends; a thread answers a request, when all of it is here."""

    outlet: Outlet
    first = following = math.inf  # seconds that its first request is waited for, and each one after that
    silence = math.inf  # seconds that the application may say nothing, before the loop answers in its stead
    begun = False  # whether anything has come of a request
    renews = True  # whether each piece of what comes gives the rest of it time anew
    keep: bool | None = None  # whether it is kept for another request, once a thread has answered one
    kept = False  # whether one was answered on it
    leaving = False  # whether nothing more will be answered
    watched = False  # whether the loop waits for it
    gone = False  # whether the loop has answered, or closed it, while a thread is still at its request
    asked = 0.0  # since when
    linger = LINGER  # seconds in which its client, which has the whole response, is to close first

    @property
    def idle(self) -> bool:
        """Whether no request has begun on it."""
        return not (self.begun or self.leaving or self.outlet.parts)

    @property
    @abstractmethod
    def name(self) -> str:
        """What its request is, for the log."""

    @property
    @abstractmethod
    def late(self) -> bytes:
        """The answer to a request that the application is too late with."""

    @property
    def farewell(self) -> bytes:
        """What is sent before no more is."""
        return b""

    @abstractmethod
    def take(self, data: bytes) -> bool:
        """Take what has come; whether a request is whole. Raises ValueError for what the protocol does not know."""

    @abstractmethod
    def serve_one(self) -> bool:
        """Answer the request, in a thread; whether the connection is kept for another."""

    @abstractmethod
    def release(self) -> None:
        """Nobody reads its request any more."""

    def time_out(self) -> bool:
        """Answer in the application's stead, which hears of it; whether that had said nothing."""
        if not self.outlet.take_over():
            return False
        with contextlib.suppress(OSError):  # the client has left
            self.outlet.client.send(self.late)
        return True
