"""The memory and processor time of processes, from Linux's own accounts (proc(5))."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

MIB = 1024.0  # KiB in a MiB: proc counts in KiB
GONE = (FileNotFoundError, ProcessLookupError)
PROC = Path("/proc")
TICK = os.sysconf("SC_CLK_TCK")


def tree(pids: Iterable[int]) -> list[int]:
    """The processes and all that descend from them."""
    parents: dict[int, int] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(*GONE):
                parents[int(folder.name)] = int(_stat(int(folder.name))[1])
    found = list(pids)
    for pid in found:  # it grows as we go
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def pss(pids: Iterable[int]) -> float:
    """MiB of the processes together, shared pages divided among those that share them."""
    return sum(_kibibytes(pid, "smaps_rollup", "Pss") for pid in pids) / MIB


def processor(pids: Iterable[int]) -> float:
    """Seconds that the processes have computed, with those of their children that have ended."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(*GONE):
            ticks += sum(map(int, _stat(pid)[11:15]))
    return ticks / TICK


def resident(pids: Iterable[int]) -> dict[int, float]:
    """MiB that each process has in memory now; its peak is counted anew from here."""
    found = {}
    for pid in pids:
        with contextlib.suppress(*GONE):
            (PROC / str(pid) / "clear_refs").write_text("5")
            found[pid] = _kibibytes(pid, "status", "VmRSS") / MIB
    return found


def peak(pids: Iterable[int]) -> dict[int, float]:
    """MiB that each process has had in memory at most since its start, or since `resident`."""
    return {pid: _kibibytes(pid, "status", "VmHWM") / MIB for pid in pids}


def _stat(pid: int) -> list[str]:
    """The words of a process's stat after its name, beginning with its state."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _kibibytes(pid: int, file: str, name: str) -> int:
    """One line of a process's account; 0 when the process has ended."""
    with contextlib.suppress(*GONE):
        match = re.search(rf"^{name}:\s+(\d+) kB", (PROC / str(pid) / file).read_text(), re.MULTILINE)
        return int(match[1]) if match else 0
    return 0
