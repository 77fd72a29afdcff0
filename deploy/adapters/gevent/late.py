"""What has no end under gevent: requests that the application is silent about, or never done with."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

from ..loop.lifetime import LATE, Lifetime, place, say
from ..loop.refused import refused

if TYPE_CHECKING:
    from gevent.event import Event

    from ..options import Options

LOOK = 0.25  # seconds between two looks


class Ended(BaseException):
    """Raised in a request that has taken longer than request_timeout; a greenlet, unlike a thread, can be ended."""


class Late:
    """Looks at the requests that are being answered: `begun` says since when."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.life = Lifetime(options)
        self.begun: dict[Any, float] = {}

    def end(self, handler: Any) -> None:
        """A request is answered."""
        del self.begun[handler]
        self.life.requests += 1

    def look(self, stop: Event) -> None:
        """For ever, answer and cut what is late, and say when the process is to stop."""
        import gevent

        while True:
            now = time.monotonic()
            for handler, begun in list(self.begun.items()):
                if now > begun + self.options.timeout:
                    answer(handler, self.options)
                if now > begun + self.options.request_timeout:
                    self.cut(handler)
            if self.life.over():
                stop.set()
            gevent.sleep(LOOK)

    def cut(self, handler: Any) -> None:
        """End a request; the process too when that is not enough."""
        import gevent

        name = f"{handler.command} {handler.path.partition('?')[0]}"
        if handler.cut:
            self.life.end(f"{name} goes on after request_timeout")
        else:
            handler.cut = True
            self.begun[handler] += LATE
            say(f"{name} has taken more than request_timeout ({self.options.request_timeout} s): "
                f"{place(handler.greenlet.gr_frame)}")  # fmt: skip
            gevent.kill(handler.greenlet, Ended)


def answer(handler: Any, options: Options) -> None:
    """Say that nothing will come; what the application says later finds the connection closed."""
    if not handler.headers_sent and not handler.close_connection:
        handler.close_connection = True
        try:
            handler.socket.sendall(refused("504 Gateway Timeout", options))
            handler.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the client has left
