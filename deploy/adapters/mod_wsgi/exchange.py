"""A response between one of our threads, which is in the application, and mod_wsgi's, which has the client."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from ..loop.outlet import MOST
from ..loop.parts import Bytes
from ..wsgi.request import SPOOL


class Late(Exception):
    """A request takes more than request_timeout."""


class Exchange:
    """A response as our thread makes it and mod_wsgi's sends it: what its client does not read takes no thread of ours.

    So it is mod_wsgi's iterable, and `start` the start_response that the application is given.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.head: tuple[Any, ...] = ()
        self.waiting = Bytes()
        self.ended = self.lost = False
        self.error: BaseException | None = None

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        """The response begins; raises what `exc_info` holds when it has begun already (PEP 3333)."""
        with self.changed:
            if self.head and exc_info:
                raise exc_info[1].with_traceback(exc_info[2])
            self.head = (status, headers)
        return self.put

    def put(self, data: bytes) -> None:
        """Have it sent; raises BrokenPipeError when the client has left."""
        with self.changed:
            while self.waiting.size > MOST and not self.lost:
                self.changed.wait()
            if self.lost:
                raise BrokenPipeError("the client has left")
            if data:
                self.waiting.add(data)
                self.changed.notify_all()

    def end(self, error: BaseException | None = None) -> None:
        """All of it is there, or what there will be."""
        with self.changed:
            self.ended, self.error = True, self.error or error
            self.changed.notify_all()

    def cut(self) -> None:
        """Wait no longer for the application, which hears of it."""
        with self.changed:
            self.lost, self.error = True, Late()
            self.changed.notify_all()

    def await_head(self) -> tuple[Any, ...]:
        """Status and headers, as soon as something of the response is there; raises what our thread has met before."""
        with self.changed:
            self.changed.wait_for(lambda: self.waiting.size or self.ended or self.lost)
            if self.error and not self.waiting.size:
                raise self.error
            return self.head

    def __iter__(self) -> Iterator[bytes]:
        """The body; an empty piece where there is none, as mod_wsgi makes up a length otherwise."""
        yield b""
        while data := self._take():
            yield data

    def _take(self) -> bytes:
        with self.changed:
            self.changed.wait_for(lambda: self.waiting.size or self.ended or self.lost)
            if isinstance(self.error, Late):
                return b""  # nothing can be said any more
            if self.error and not self.waiting.size:
                raise self.error
            data = self.waiting.peek()
            self.waiting.skip(len(data))
            if not self.waiting.size and self.waiting.sent > SPOOL:
                self.waiting.close()
                self.waiting = Bytes()
            self.changed.notify_all()
            return data

    def close(self) -> None:
        """Sent, or the client has left: our thread hears of it."""
        with self.changed:
            self.lost = True
            self.waiting.close()
            self.changed.notify_all()
