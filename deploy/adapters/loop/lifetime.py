"""How long a serving process goes on: until a request has no end, too many were answered, or it has grown too large.

A thread that never ends cannot be ended in Python. So the process ends: its loop asks `over` once in a while, and then
stops as on SIGTERM; what it has begun is finished, and its supervisor starts another.
"""

from __future__ import annotations

import faulthandler
import os
import random
import resource
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Future
    from types import FrameType

    from ..options import Options
    from .threads import Pool

LATE = 5  # seconds beyond graceful_timeout after which a process that stops is ended whatever it does
STDERR = 2  # mod_wsgi has something else in sys.stderr
FRAMES = 12  # of a stack that are said


class Lifetime:
    """Of this process."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.requests = 0
        self.most = options.max_requests + random.randrange(options.max_requests // 10 + 1)  # not all at once
        self.ended = False
        self.asked = 0.0
        self.told: set[Future[Any]] = set()

    def over(self) -> bool:
        """Whether the process is to stop; why, it says once. A loop that does not come to ask this has its own end."""
        if self.ended or time.monotonic() < self.asked + 1:
            return self.ended
        self.asked = time.monotonic()
        faulthandler.dump_traceback_later(self.options.request_timeout + LATE, exit=True, file=STDERR)
        if 0 < self.most <= self.requests:
            self.end(f"{self.requests} requests were answered, as many as max_requests allows")
        elif 0 < self.options.memory_limit < (size := memory()):
            self.end(f"the process has grown to {size} bytes, more than memory_limit allows")
        return self.ended

    def end(self, reason: str) -> None:
        """Have the process stop: within graceful_timeout, even when the rest of it hangs."""
        if not self.ended:
            self.ended = True
            say(f"{reason}; process {os.getpid()} is replaced")
            faulthandler.dump_traceback_later(self.options.graceful_timeout + LATE, exit=True, file=STDERR)

    def overdue(self, pool: Pool) -> list[Future[Any]]:
        """The requests that threads have been answering for longer than request_timeout, each told once.

        Another thread then takes what waits for theirs.
        """
        began = time.monotonic() - self.options.request_timeout
        late = [future for future, job in list(pool.running.items()) if job.began < began and not self._told(future)]
        for _ in late:
            pool.add()
        return late

    def _told(self, future: Future[Any]) -> bool:
        told = future in self.told
        self.told.add(future)
        return told

    def cut(self, name: str, thread: int) -> None:
        """Say where a request that has no end is, and have the process stop."""
        where = place(sys._current_frames().get(thread))
        reason = f"{name} has taken more than request_timeout ({self.options.request_timeout} s): {where}"
        say(reason) if self.ended else self.end(reason)


def say(line: str) -> None:
    """One line in the log."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def place(frame: FrameType | None) -> str:
    """Where a thread or greenlet is, innermost first, on one line."""
    found: list[str] = []
    while frame and len(found) < FRAMES:
        found.append(f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}")
        frame = frame.f_back
    return " < ".join(found)


def memory() -> int:
    """Bytes of memory that this process uses (statm, proc(5))."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
