"""A pool of threads that a stopping process need not wait for: concurrent.futures' own is joined at exit, for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from threading import Thread, get_ident
from typing import Any, NamedTuple


class Job(NamedTuple):
    """What a thread is at, since when on the monotonic clock; `about` is what it was given."""

    thread: int
    began: float
    about: tuple[Any, ...]


class Pool(Executor):
    """`threads` daemon threads; the adapters drain them with a limit and then leave. `running` is what they are at."""

    def __init__(self, threads: int) -> None:
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = SimpleQueue()
        self.running: dict[Future[Any], Job] = {}
        self.count = 0
        for _ in range(threads):
            self.add()

    def add(self) -> None:
        """Another thread, at the beginning or for one that does not come back."""
        Thread(target=self._work, name=f"request-{self.count}", daemon=True).start()
        self.count += 1

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have one thread call `fn`, when it comes to it."""
        future: Future[Any] = Future()
        self._jobs.put((future, fn, args))
        return future

    def _work(self) -> None:
        while True:
            future, fn, args = self._jobs.get()
            if not future.set_running_or_notify_cancel():
                continue
            self.running[future] = Job(get_ident(), time.monotonic(), args)
            try:
                result = fn(*args)
            except BaseException as error:  # the caller's, whatever it is; this thread goes on
                del self.running[future]
                future.set_exception(error)
            else:
                del self.running[future]
                future.set_result(result)
                del result
            del future, fn, args  # nothing of one request is kept until the next
