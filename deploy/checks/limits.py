"""Open files: what processes may have, against what threads and connections need."""

from __future__ import annotations

import re
import resource
from collections.abc import Iterator
from pathlib import Path

from ..cli.advice import command
from ..machine import processes
from .finding import OK, WARNING, WRONG, Finding
from .subject import Subject

OWN = 64  # files of a process that serves nobody: libraries, logs, databases
A_THREAD = 4  # a connection, what it reads and writes, its database
LIMIT = re.compile(r"^Max open files +(\d+|unlimited)", re.M)


def limits(subject: Subject) -> Iterator[Finding]:
    """The lowest limit of the site's processes; before it runs, the most that this shell may give them."""
    found = {pid: limit for pid in subject.pids if (limit := of(pid)) is not None}
    lowest = min(found, key=found.__getitem__, default=None)
    allowed = found[lowest] if lowest else resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    who = f"process {lowest} ({_program(lowest)})" if lowest else "a process of this shell"
    least = OWN + A_THREAD * subject.settings.threads
    good = OWN + max(2 * subject.settings.connections, A_THREAD * subject.settings.threads)
    if allowed == resource.RLIM_INFINITY or allowed >= good:
        yield Finding(OK, f"{who} may open {allowed} files")
        return
    needs = f"{subject.settings.threads} threads need {least}, {subject.settings.connections} connections {good}"
    again = f"{command(subject.root, 'stop')} && {command(subject.root, 'start')}" if subject.runs else subject.deploy
    what = f"{who} may open {allowed} files: {needs}"
    yield Finding(WRONG if allowed < least else WARNING, what, f"ulimit -n {2 * good} && {again}")


def of(pid: int) -> int | None:
    """How many files a process may open; None when it has ended."""
    try:
        match = LIMIT.search(Path(f"/proc/{pid}/limits").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if match is None else resource.RLIM_INFINITY if match[1] == "unlimited" else int(match[1])


def _program(pid: int) -> str:
    return processes.shown(pid)[:60]
