"""Where a loop's connections come in: it closes for a while when the process has no descriptor for another one."""

from __future__ import annotations

import errno
import socket
import time
from typing import Any

from .lifetime import say

FULL = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)  # accept(2)
PAUSE = 0.5  # seconds; who comes meanwhile waits in the socket's queue, or another process takes him
QUIET = 60.0  # seconds between two lines in the log about it


class Door:
    """`accept` never raises for want of descriptors, and a loop that asks `shut` does not spin."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.opens, self.told = 0.0, -QUIET

    @property
    def shut(self) -> bool:
        """Whether to accept nobody for the moment."""
        return time.monotonic() < self.opens

    def accept(self) -> tuple[socket.socket, Any] | None:
        """One connection, not blocking, and its address; None when another process has taken it, or none can be had."""
        try:
            accepted, address = self.listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return None
        except OSError as error:
            if error.errno not in FULL:
                raise
            self.opens = time.monotonic() + PAUSE
            if self.opens > self.told + QUIET:
                self.told = self.opens
                say(f"no connection can be accepted for the moment: {error.strerror} (ulimit -n)")
            return None
        accepted.setblocking(False)
        return accepted, address
