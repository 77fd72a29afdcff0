"""What gevent leaves blocking, so that it stops a whole process: multiprocessing's pipes and locks, asyncio's loops.

Pools and queues of processes wait as greenlets do, and an event loop has a real thread of its own, as
there can be only one at a time in a thread (https://www.gevent.org/api/gevent.threadpool.html).
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from typing import Any

PAUSE = 0.002  # seconds between two looks at a lock that another process has: it wakes nobody here


def begin() -> None:
    """Correct the standard library, once, when gevent has patched it."""
    import asyncio.base_events
    import multiprocessing.connection
    import multiprocessing.synchronize

    _pipes(multiprocessing.connection)
    _locks(multiprocessing.synchronize)
    _loops(asyncio.base_events)
    os.close = _closing()  # type: ignore[assignment]


def _closing() -> Callable[[int], None]:
    """A close that is done when it returns. gevent's own (since 25.8.1) is done in the loop's next round.

    A process that reads the other end of such a pipe in between waits for ever, as a whole. gevent's sockets have the
    same need and this rule: only a descriptor that somebody waits for is closed later.
    """
    from gevent import _hub_local, monkey

    now, later = monkey.get_original("os", "close"), os.close

    def close(fd: int) -> None:
        hub = _hub_local.get_hub_if_exists()
        (later if hub and hub.loop.closing_fd(fd) else now)(fd)

    return close


def _pipes(module: Any) -> None:
    from gevent.socket import wait_read, wait_write

    def read(number: int, size: int) -> bytes:
        wait_read(number)
        return os.read(number, size)

    def write(number: int, data: Any) -> int:
        """As much as is sure not to block."""
        wait_write(number)
        return os.write(number, data[: select.PIPE_BUF])

    module.Connection._recv.__defaults__ = (read,)
    module.Connection._send.__defaults__ = (write,)


def _locks(module: Any) -> None:
    def acquire(self: Any, block: bool = True, timeout: float | None = None) -> bool:
        until = None if timeout is None else time.monotonic() + timeout
        while not self._semlock.acquire(False):
            if not block or (until is not None and time.monotonic() >= until):
                return False
            time.sleep(PAUSE)
        return True

    def methods(self: Any) -> None:
        self.acquire, self.release = acquire.__get__(self), self._semlock.release

    module.SemLock._make_methods = methods
    module.SemLock.__enter__ = acquire


def _loops(module: Any) -> None:
    from gevent.threadpool import ThreadPool

    run, close = module.BaseEventLoop.run_forever, module.BaseEventLoop.close
    threads: dict[Any, ThreadPool] = {}  # a loop's own: its selector cannot change threads

    def run_forever(loop: Any) -> None:
        threads.setdefault(loop, ThreadPool(1)).apply(run, (loop,))

    def end(loop: Any) -> None:
        close(loop)
        if loop in threads:
            threads.pop(loop).kill()

    module.BaseEventLoop.run_forever, module.BaseEventLoop.close = run_forever, end
