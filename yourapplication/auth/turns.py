"""Turns: what takes long may have a few of a process's threads and no more, so that pages have the others.

One thread of a process waits a moment for a turn. A request that comes then is told to come again: waiting takes a
thread too.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

from werkzeug.exceptions import ServiceUnavailable

WAIT = 0.25  # seconds
_bench = threading.Lock()


class Turns:
    """As many at once as it is made for."""

    def __init__(self, at_once: int) -> None:
        self._free = threading.BoundedSemaphore(at_once)

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """One of them. Raises ServiceUnavailable, with Retry-After, when there is none."""
        if not self._free.acquire(blocking=False):
            with waiting() as until:
                if not self._free.acquire(timeout=max(0, until - time.monotonic())):
                    raise busy()
        try:
            yield
        finally:
            self._free.release()


@contextlib.contextmanager
def waiting() -> Iterator[float]:
    """The place to wait in, which is one; until when (monotonic). Raises ServiceUnavailable when it is taken."""
    if not _bench.acquire(blocking=False):
        raise busy()
    try:
        yield time.monotonic() + WAIT
    finally:
        _bench.release()


def busy() -> ServiceUnavailable:
    """What to say to those who are too many."""
    return ServiceUnavailable(
        "Too many are signing in or writing just now. Please try again in a moment.", retry_after=1
    )
