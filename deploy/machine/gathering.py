"""What a process prints, gathered until it ends: what it leaves running is not waited for."""

from __future__ import annotations

import os
import select
import time
from typing import Any

PIECE = 65536  # bytes: what a pipe holds (pipe(7))


def gather(process: Any, timeout: float | None) -> str:
    """What a child process (subprocess.Popen) prints until it ends; killed when that is interrupted.

    Others, such as a program that it has started, may have the pipe open for as long as they like. Raises TimeoutError
    with what it has printed when it does not end within `timeout` seconds, and is killed.
    """
    ended = False
    try:
        said, ended = _read(process.pid, process.stdout.fileno(), timeout)
    finally:
        if not ended:
            process.kill()
    text = said.decode(errors="replace")
    if not ended:
        raise TimeoutError(text)
    return text


def _read(number: int, pipe: int, timeout: float | None) -> tuple[bytes, bool]:
    deadline = None if timeout is None else time.monotonic() + timeout
    said, ended, watch = bytearray(), os.pidfd_open(number), select.poll()
    watch.register(pipe, select.POLLIN)
    watch.register(ended, select.POLLIN)
    try:
        while ready := watch.poll(None if deadline is None else max(0, deadline - time.monotonic()) * 1000):
            if ended in dict(ready):
                os.set_blocking(pipe, False)
                return bytes(said + _rest(pipe)), True
            piece = os.read(pipe, PIECE)
            said += piece
            if not piece:
                watch.unregister(pipe)
        return bytes(said), False
    finally:
        os.close(ended)


def _rest(pipe: int) -> bytes:
    """What a process that has ended had written."""
    try:
        return os.read(pipe, PIECE)
    except BlockingIOError:
        return b""
