"""Processes of this machine, as /proc shows them (proc(5))."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple

TICKS = os.sysconf("SC_CLK_TCK")


class Process(NamedTuple):
    """One process: memory in bytes (its share where memory is shared, else all that it uses), uptime in seconds."""

    pid: int
    command: str
    memory: int
    shared: bool  # whether memory is PSS, proportional; else RSS, because this user may not read more
    uptime: float


class Part(NamedTuple):
    """What a supervisor keeps alive under one name; `restarts`: how often it had to, None where it does not count."""

    name: str
    state: str  # active, when all is well
    pids: list[int]
    restarts: int | None = None


def numbers() -> list[int]:
    """The ids of all processes."""
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]


def command(number: int) -> bytes:
    """A process's arguments, each ended by a zero byte; empty when there is no such process any more."""
    return _read(number, "cmdline")


def shown(number: int) -> str:
    """They as somebody would type them, more or less."""
    return command(number).replace(b"\0", b" ").decode("utf-8", "replace").strip()


def environ(number: int) -> list[bytes]:
    """The environment that a process began with, as NAME=value."""
    return _read(number, "environ").split(b"\0")


def folder(number: int) -> Path:
    """The folder that a process works in; none at all, `.`, when it has ended or is somebody else's."""
    try:
        return Path(os.readlink(f"/proc/{number}/cwd"))
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return Path()


def parent(number: int) -> int:
    """The process that it is a child of; 0 when it has ended."""
    words = _read(number, "stat").rpartition(b")")[2].split()
    return int(words[1]) if words else 0


def children(number: int | None) -> list[int]:
    """The process ids of its children."""
    found: list[int] = []
    for path in Path(f"/proc/{number}/task").glob("*/children"):
        try:
            found += map(int, path.read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue  # a thread that has ended meanwhile
    return found


def tree(number: int) -> list[int]:
    """A process and all that descend from it."""
    return [number, *(each for child in children(number) for each in tree(child))]


def await_end(numbers: list[int], seconds: int) -> None:
    """Wait until the processes have ended, or the time is over."""
    deadline = time.monotonic() + seconds
    while any(map(command, numbers)) and time.monotonic() < deadline:
        time.sleep(0.05)


def look(number: int) -> Process | None:
    """What a process is and uses; None when it has ended."""
    text = shown(number)
    try:
        memory, shared = _memory(number)
        started = int(Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[19]) / TICKS
        now = float(Path("/proc/uptime").read_text().split()[0])
    except (FileNotFoundError, ProcessLookupError):
        return None
    return Process(number, text, memory, shared, max(now - started, 0)) if text else None


def _memory(number: int) -> tuple[int, bool]:
    try:
        for line in Path(f"/proc/{number}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024, True
    except PermissionError:
        pass
    return int(Path(f"/proc/{number}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"), False


def _read(number: int, name: str) -> bytes:
    """Empty for a process that has ended, and for those of others what they keep to themselves."""
    try:
        return Path(f"/proc/{number}/{name}").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""
