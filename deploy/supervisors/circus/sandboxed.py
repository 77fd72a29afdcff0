"""Signals for a process in a sandbox go to it, not to the bwrap around it; a copy lies beside circus.ini."""

from __future__ import annotations

import os
import signal
from pathlib import Path

AROUND = b"bwrap"


def inside(number: int) -> int:
    """The process that a bwrap waits for; the process itself when it is in none."""
    try:
        words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
        below = Path(f"/proc/{number}/task/{number}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return number
    return inside(int(below[0])) if words[0].rpartition(b"/")[2] == AROUND and below else number


def pass_on(pid: int, signum: int, **_: object) -> bool:
    """Whether Circus is to send a signal itself: what is inside of a killed bwrap goes with its group."""
    found = inside(pid)
    if found == pid or signum == signal.SIGKILL:
        return True
    os.kill(found, signum)
    return False
