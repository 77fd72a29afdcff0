"""Circus with the listening sockets of processes that a killed one has left; a copy lies beside circus.ini.

python inheriting.py NUMBERS ...: the process ids, with commas between them, and circusd's own arguments. What they do
not listen on is bound anew. pidfd_getfd(2) needs Linux 5.6 and the right to trace them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GETFD = 438  # of pidfd_getfd, on every architecture


def listening(numbers: list[int]) -> dict[object, int]:
    """By address, our own descriptors of all that the processes listen on."""
    libc, found = ctypes.CDLL(None, use_errno=True), dict[object, int]()
    for number in numbers:
        with contextlib.suppress(OSError):  # it has ended, or may not be traced
            process = os.pidfd_open(number)
            for descriptor in _sockets(number):
                ours = libc.syscall(GETFD, process, descriptor, 0)
                address = _address(ours) if ours >= 0 else None
                if address and address not in found:
                    found[address] = ours
                elif ours >= 0:
                    os.close(ours)
            os.close(process)
    return found


def _sockets(number: int) -> Iterator[int]:
    for entry in os.scandir(f"/proc/{number}/fd"):
        with contextlib.suppress(OSError):  # closed meanwhile
            if stat.S_ISSOCK(entry.stat().st_mode):
                yield int(entry.name)


def _address(descriptor: int) -> object:
    """Where a socket listens; None when it does not."""
    found = socket.socket(fileno=os.dup(descriptor))
    with found:
        return found.getsockname() if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) else None


def inherit(numbers: list[int]) -> None:
    """Make Circus begin with those sockets, and bind the others."""
    from circus.sockets import CircusSockets

    def bind_and_listen_all(self: Any) -> None:
        found = listening(numbers)  # not before circusd has become a daemon, which closes all descriptors
        for each in self.values():
            if (address := each.path or (each.host, each.port)) in found:
                os.dup2(found[address], each.fileno())
            else:
                each.bind_and_listen()
        for descriptor in found.values():
            os.close(descriptor)

    CircusSockets.bind_and_listen_all = bind_and_listen_all


if __name__ == "__main__":
    given = [int(number) for number in sys.argv.pop(1).split(",") if number]
    import rotating
    from circus import circusd
    from circus.arbiter import Arbiter

    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # for all that it starts: a login gives 1024
    if given:
        inherit(given)
    rotating.within(Arbiter, Path(__file__).parents[2])
    circusd.main()
