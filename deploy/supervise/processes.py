"""Processes of this machine, as /proc shows them."""

from __future__ import annotations

import time
from pathlib import Path


def command(number: int) -> bytes:
    """A process's arguments, each ended by a zero byte; empty when there is no such process any more."""
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def children(number: int | None) -> list[int]:
    """The process ids of its children."""
    return [
        int(child) for path in Path(f"/proc/{number}/task").glob("*/children") for child in path.read_text().split()
    ]


def await_end(numbers: list[int], seconds: int) -> None:
    """Wait until the processes have ended, or the time is over."""
    deadline = time.monotonic() + seconds
    while any(map(command, numbers)) and time.monotonic() < deadline:
        time.sleep(0.05)
