"""An application's own handler for SIGTERM: the server's stays, and the application's is called when it has drained."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
from collections.abc import Callable
from typing import Any, TypeVar

application: dict[str, Any] = {}  # signal -> what the application wants to be called; its children have it as well
Loaded = TypeVar("Loaded")


def keep(load: Callable[[], Loaded]) -> Loaded:
    """What `load` gives. A handler that it installs would end the requests under way: it has to wait for `call`."""
    before = signal.getsignal(signal.SIGTERM)
    loaded = load()
    installed = signal.getsignal(signal.SIGTERM)
    if installed is not before:
        application["TERM"] = installed
        signal.signal(signal.SIGTERM, before)
    return loaded


def call() -> None:
    """The server has answered what it had begun: do what the application does when it is told to end."""
    handler = application.get("TERM")
    if callable(handler):
        handler(signal.SIGTERM, None)


def call_at_exit() -> None:
    """As `call`, where nobody takes the exit code: the process ends already."""
    with contextlib.suppress(SystemExit):
        call()


def intercept() -> None:
    """Where the server's handlers cannot be put back, as they are in C: keep the application's from the beginning.

    mod_wsgi itself ignores them, with a warning and a traceback in the log (WSGIRestrictSignal).
    """
    install, server = signal.signal, os.getpid()

    def noted(number: Any, handler: Any) -> Any:
        if number != signal.SIGTERM or os.getpid() != server:
            return install(number, handler)
        before = application.get("TERM", signal.SIG_DFL)
        application["TERM"] = handler
        return before

    signal.signal = noted  # type: ignore[assignment]
    atexit.register(call_at_exit)
