"""Processes that the application forks (multiprocessing does): they get nothing of the server's.

Without this a child keeps the server's handler for SIGTERM, and does not end; writes its signals into the server's
event loop; and holds the server's sockets, so that a port stays taken and a client waits for the end of its answer.
"""

from __future__ import annotations

import _socket  # not gevent's
import contextlib
import os
import signal
import stat
from _thread import get_ident
from collections.abc import Iterator
from typing import Any

from . import handlers

# What a server may have a handler for, and what a Python process has at its start.
ORDINARY: dict[str, Any] = {
    **dict.fromkeys(["HUP", "QUIT", "ABRT", "USR1", "USR2", "ALRM", "TERM", "CHLD", "WINCH"], signal.SIG_DFL),
    "INT": signal.default_int_handler,
    "PIPE": signal.SIG_IGN,
}


def ordinary() -> None:
    """Let each child of this process begin as a child of any Python process; called before the application is there.

    All sockets and pipes that are open now are the server's, and so are connections to an address that it listens on.
    """
    own = frozenset(number for number, mode in _files() if stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode))
    served = frozenset(filter(None, (_address(number, listening=True) for number in own)))
    masks: dict[int, Any] = {}  # thread -> what it had blocked

    def hold() -> None:
        """A signal that came to a child before it is one of its own would be lost in the server's handler."""
        masks[get_ident()] = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())

    def go_on() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, masks.pop(get_ident()))

    os.register_at_fork(before=hold, after_in_parent=go_on, after_in_child=lambda: _begin(own, served))


def _begin(own: frozenset[int], served: frozenset[Any]) -> None:
    signal.set_wakeup_fd(-1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number, mode in _files():
        if number in own or (stat.S_ISSOCK(mode) and _address(number) in served):
            os.dup2(nothing, number, inheritable=False)  # closed, the number could be another file's
    os.close(nothing)
    waiting = signal.sigpending()  # for these not the application's, as Python drops what is raised here
    for name, handler in ORDINARY.items():
        each = signal.Signals[f"SIG{name}"]
        signal.signal(each, handler if each in waiting else handlers.application.get(name, handler))
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _files() -> Iterator[tuple[int, int]]:
    """The open files beside the standard ones, and of what kind they are."""
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # the list itself, closed by now
            if int(name) > 2:
                yield int(name), os.fstat(int(name)).st_mode


def _address(number: int, listening: bool = False) -> Any:
    """Where a socket is bound: a path, or a port, as an address may be one of several; None when it is nowhere."""
    if not stat.S_ISSOCK(os.fstat(number).st_mode):
        return None
    found = _socket.socket(fileno=number)
    try:
        if listening and not found.getsockopt(_socket.SOL_SOCKET, _socket.SO_ACCEPTCONN):
            return None
        name = found.getsockname()
    finally:
        found.detach()
    return name[1] if isinstance(name, tuple) and found.family != _socket.AF_UNIX else name or None
