"""When the process of a CGI request ends: not before it is answered, nor before what the request has begun."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..options import Options

TOLD = (signal.SIGCHLD, signal.SIGTERM, signal.SIGUSR1)
waiting = 0  # the process that Apache takes for this one


class Ended(BaseException):
    """The request has taken longer than request_timeout."""


def finish_within(options: Options) -> None:
    """Do not end at once on SIGTERM, which lighttpd sends as soon as it has the whole response. End after a while.

    The application still has to close it (PEP 3333): end a transaction, write a line into a log.
    """
    from ..process import handlers

    def stop(*_: object) -> None:
        signal.alarm(options.graceful_timeout)
        atexit.register(handlers.call_at_exit)

    def end(*_: object) -> None:
        raise Ended(f"a request has taken more than request_timeout ({options.request_timeout} s)")

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGALRM, end)
    signal.alarm(options.request_timeout)


def apart() -> None:
    """Go on in a child of the process that Apache has started, which ends when the request is answered.

    mod_cgid kills that one three seconds after the answer, and a thread that the application has begun with it.
    """
    global waiting
    if not os.environ.get("SERVER_SOFTWARE", "").startswith("Apache") or "FCGI_ROLE" in os.environ:
        return
    waiting, before = os.getpid(), signal.pthread_sigmask(signal.SIG_BLOCK, TOLD)
    child = os.fork()
    if not child:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.closerange(0, 3)  # Apache waits for the end of the child's
    while signal.sigwait(TOLD) == signal.SIGTERM:
        os.kill(child, signal.SIGTERM)
    os._exit(0)


def answered() -> None:
    """The rest of the response is about to be written, after which Apache tells the process that it knows to end."""
    if waiting and os.getppid() == waiting:
        os.kill(waiting, signal.SIGUSR1)


@contextlib.contextmanager
def not_kept() -> Iterator[None]:
    """A thread that begins meanwhile, as the application is imported, ends with the process instead of keeping it.

    Otherwise each request would leave a process for ever. A thread is a daemon when the thread that begins it is one.
    """
    main = threading.main_thread()
    main._daemonic = True  # type: ignore[attr-defined]
    try:
        yield
    finally:
        main._daemonic = False  # type: ignore[attr-defined]
