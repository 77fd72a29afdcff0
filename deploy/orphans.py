"""What a deployment that was killed still runs: a command that installs or migrates would go on beside the next one."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

MARK = "DEPLOYMENT"  # in the environment of a deployment's commands and of all that they start
PAUSE = 0.02  # seconds


def end(mark: str) -> None:
    """Kill every process whose environment has the mark, and wait until there is none."""
    while found := _marked(f"{MARK}={mark}".encode()):
        for number in found:
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(PAUSE)


def _marked(words: bytes) -> list[int]:
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if words in _environ(folder).split(b"\0")]


def _environ(process: Path) -> bytes:
    """Empty for a process that has ended, and for those of others."""
    try:
        return (process / "environ").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""
