"""Circus itself: started in the background, and the commands to a running one."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ...errors import Failed
from ...machine import processes
from ...machine.run import Local
from ...site import logs
from ...site.release import Root
from .. import circus

PASSES = (
    "arbiter is already running",
    "process no longer exists",
)  # it is at another command; it looks at who has just ended
PAUSE = 0.05
START_SECONDS = 15


def pid(root: Root) -> int | None:
    """The process id of a running one, else None: a number reused by another program does not count."""
    try:
        number = int((root.supervisor / "circus.pid").read_text())
    except (FileNotFoundError, ValueError):
        return None
    ours = f"{root.supervisor}/circus.ini".encode()
    return number if ours in processes.command(number).split(b"\0") else None


def begin(host: Local, root: Root, venv: Path, running: Callable[[], bool], left: Iterable[int]) -> None:
    """Start it, with the listening sockets of the processes `left`, and wait until it answers and is `running`.

    Raises Failed with what it said.
    """
    with contextlib.suppress(FileNotFoundError):
        os.unlink(root.supervisor / "circus.pid")
    host.run(circus.start(str(venv), root, left), cwd=root.supervisor, timeout=START_SECONDS)
    deadline = time.monotonic() + START_SECONDS
    asked = circus.control(str(venv), root, "numwatchers", timeout=1)
    while host.run(asked, check=False, timeout=START_SECONDS).returncode or not running():
        if time.monotonic() > deadline:
            raise Failed(f"the supervisor did not start\n{logs.said(root, 'supervisor')}")
        time.sleep(PAUSE)


def control(host: Local, root: Root, venv: Path, words: Sequence[str], timeout: int) -> dict[str, object]:
    """Send Circus a command and return its answer; raises Failed when it refuses.

    While it is busy, perhaps with a command of a deployment that was killed, it is asked again; so it is when a process
    that it looks at has just ended.
    """
    deadline = time.monotonic() + timeout
    answer = _ask(host, root, venv, words, timeout)
    while any(each in str(answer.get("reason")) for each in PASSES) and time.monotonic() < deadline:
        time.sleep(PAUSE)
        answer = _ask(host, root, venv, words, timeout)
    if answer.get("status") == "error":
        said = logs.said(root, "supervisor")
        raise Failed(f"the supervisor refused {' '.join(words)}: {answer.get('reason')}\n{said}")
    return answer


def _ask(host: Local, root: Root, venv: Path, words: Sequence[str], timeout: int) -> dict[str, object]:
    done = host.run(circus.control(str(venv), root, *words, timeout=timeout), timeout=timeout + 10)
    try:
        answer: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError) as error:
        raise Failed(f"the supervisor answered {done.stdout!r} to {' '.join(words)}") from error
    return answer
