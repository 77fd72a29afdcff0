"""How a worker grows while 64 MiB stream through it, each way: a transfer is held before its end, then looked at."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from typing import NamedTuple

from deploy.errors import Failed

from . import memory
from .run import PATIENCE, Side

SIZE = 64 * 1024 * 1024
PIECE = 64 * 1024
HELD = 16 * 1024 * 1024  # more than all buffers between the application and us can take
LIMIT = 8.0  # MiB


class Growth(NamedTuple):
    """MiB by which the worker that grew most did."""

    up: float
    down: float


def measure(side: Side) -> Growth:
    """Stream up, then down. CGI's process is new: it is compared with how it was when an upload had begun."""
    with connection(side) as client:
        before = memory.resident(memory.tree(side.pids))
        send = f"POST /up HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {SIZE}\r\n\r\n"
        client.sendall(send.encode() + bytes(PIECE))
        settle(side)
        begun = memory.resident(set(memory.tree(side.pids)) - set(before))
        for _ in range(SIZE // PIECE - 2):
            client.sendall(bytes(PIECE))
        settle(side)
        up = growth(side, before | begun)
        client.sendall(bytes(PIECE))
        answer = client.makefile("rb").read()
        if not answer.rstrip().endswith(b"%d" % SIZE) and f"{SIZE}\n".encode() not in answer:
            raise Failed(f"the upload was answered {answer[:300]!r}")
        up = max(up, growth(side, before | begun))
    fresh = max(begun.values(), default=0.0)
    return Growth(up, _down(side, fresh))


def _down(side: Side, fresh: float) -> float:
    with connection(side) as client:
        before = memory.resident(memory.tree(side.pids))
        client.sendall(f"GET /down?{SIZE} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        took = take(client, SIZE - HELD)
        settle(side)
        down = growth(side, before, fresh)
        took += take(client, 2 * SIZE)
        if took < SIZE:
            raise Failed(f"only {took} of {SIZE} bytes came down")
        return max(down, growth(side, before, fresh))


@contextlib.contextmanager
def connection(side: Side) -> Iterator[socket.socket]:
    """A connection that takes little at a time, so that what waits, waits in the server."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)
        client.settimeout(PATIENCE)
        client.connect(("127.0.0.1", side.port))
        yield client


def take(client: socket.socket, size: int) -> int:
    """Receive about `size` bytes, or all that come; how many."""
    took = 0
    while took < size and (piece := client.recv(PIECE)):
        took += len(piece)
    return took


def growth(side: Side, before: dict[int, float], fresh: float = 0.0) -> float:
    """MiB of the worker that has grown most; a process that is new is compared with `fresh`, if that is known."""
    now = memory.peak(memory.tree(side.pids))
    return max((high - before.get(pid, fresh or high) for pid, high in now.items() if high), default=0.0)


def settle(side: Side) -> None:
    """Return when the servers have stopped to grow."""
    deadline = time.monotonic() + PATIENCE
    last: dict[int, float] = {}
    while time.monotonic() < deadline:
        time.sleep(0.3)
        now = memory.peak(memory.tree(side.pids))
        if now == last:
            return
        last = now
