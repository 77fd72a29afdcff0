"""A pool of threads that a stopping process need not wait for: concurrent.futures' own is joined at exit, for ever."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from threading import Thread
from typing import Any


class Pool(Executor):
    """`threads` daemon threads; fastcgi and tornado drain them with a limit and then leave."""

    def __init__(self, threads: int) -> None:
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = SimpleQueue()
        for number in range(threads):
            Thread(target=self._work, name=f"request-{number}", daemon=True).start()

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
            try:
                future.set_result(fn(*args))
            except BaseException as error:  # the caller's, whatever it is; this thread goes on
                future.set_exception(error)
            del future, fn, args  # nothing of one request is kept until the next
