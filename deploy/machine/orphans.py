"""What a deployment that was killed still runs: a command that installs or migrates would go on beside the next one."""

from __future__ import annotations

import dataclasses
import os
import signal
import time

from ..errors import Failed
from . import processes
from .run import MARK, Local

PAUSE = 0.02  # seconds
SECONDS = 20


def end(mark: str) -> list[str]:
    """Kill every process whose environment has the mark, and wait until there is none; the names of those programs.

    Raises Failed when one stays.
    """
    ended: dict[int, str] = {}
    deadline = time.monotonic() + SECONDS
    while found := _marked(f"{MARK}={mark}".encode()):
        if time.monotonic() > deadline:
            raise Failed(f"process {found[0]}, which a deployment has started, cannot be ended: it waits for a disk")
        for number in found:
            ended.setdefault(number, processes.shown(number))
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(PAUSE)
    return [name for name in ended.values() if name]


def marked(host: Local, mark: str) -> Local:
    """`host`, whose commands have the mark."""
    return dataclasses.replace(host, environ={**host.environ, MARK: mark})


def unmarked(host: Local) -> Local:
    """`host`, whose commands outlive a deployment: a supervisor's."""
    return dataclasses.replace(host, environ={name: text for name, text in host.environ.items() if name != MARK})


def _marked(word: bytes) -> list[int]:
    return [number for number in processes.numbers() if word in processes.environ(number)]
