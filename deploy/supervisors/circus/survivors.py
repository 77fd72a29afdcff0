"""What a Circus that was killed has left running: it serves on, and can be told nothing any more."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from ...frontends import fcgiwrap
from ...machine import processes
from ...machine.processes import Part, await_end
from ...site.release import Root
from .. import circus
from .sandboxed import inside

SIGNAL = re.compile(r"^stop_signal = (\w+)$", re.M)
SECONDS = 20  # that killed processes may take to end
PAUSE = 0.001  # seconds


def groups(root: Root) -> set[int]:
    """The groups of processes that a Circus has started for this ROOT and that none supervises; each leads a session.

    They know where to say that they are ready. nginx writes its title over that: it is known by its configuration.
    """
    notify = f"={root.sockets / circus.NOTIFY}".encode()
    config = str(root.current / "frontend" / "server.conf").encode()
    found = set()
    for number in processes.numbers():
        ours = any(each.endswith(notify) for each in processes.environ(number))  # mod_wsgi's has another name
        ours = ours or (config in processes.command(number) and processes.folder(number) == root.run)
        if ours and _leads(number) and not _supervised(root, number):
            found.add(number)
    return found


def parts(root: Root) -> list[Part]:
    """They as `status` shows them."""
    names = {number: processes.folder(number).name for number in groups(root)}
    return [Part("frontend" if name == root.run.name else name, "not supervised", [number])
            for number, name in names.items()]  # fmt: skip


def finish(root: Root, leaders: set[int], patience: int) -> None:
    """Have them finish what they have begun and end, front ends first, whose requests the others answer."""
    fronts = {number for number in leaders if is_frontend(root, number)}
    for some in (fronts, leaders - fronts):
        stop(root, some, patience)
        await_end(members(some), patience)
        kill(some)


def stop(root: Root, leaders: Iterable[int], patience: int) -> None:
    """Ask them to finish what they have begun and to end."""
    for number in leaders:
        _await_pause(inside(number), patience)
        with contextlib.suppress(ProcessLookupError):
            os.kill(inside(number), getattr(signal, f"SIG{_stop_signal(root, processes.folder(number))}"))


def _await_pause(number: int, patience: int) -> None:
    """fcgiwrap breaks off the request that it is at when it is told to end: wait until its script has ended."""
    deadline = time.monotonic() + patience
    if processes.command(number).split(b"\0")[0] == fcgiwrap.binary.encode():
        while processes.children(number) and time.monotonic() < deadline:
            time.sleep(PAUSE)


def end(root: Root) -> bool:
    """Kill them, wait until they have ended, and remove their sockets; whether there were any."""
    leaders = groups(root)
    kill(leaders)
    if leaders:
        forget(root)
    return bool(leaders)


def forget(root: Root) -> None:
    """Remove the sockets of those that have ended."""
    for path in filter(Path.is_socket, root.sockets.iterdir()):
        path.unlink()


def kill(leaders: set[int]) -> None:
    """Kill whole groups, and wait until they have ended."""
    numbers = members(leaders)
    for leader in {_group(number) for number in numbers}:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(leader, signal.SIGKILL)
    await_end(numbers, SECONDS)


def members(leaders: set[int]) -> list[int]:
    """The processes of the groups."""
    return [number for number in processes.numbers() if _group(number) in leaders]


def is_frontend(root: Root, number: int) -> bool:
    """Whether it is a front end: Circus runs it in a folder of its own."""
    return bool(processes.folder(number) == root.run)


def _supervised(root: Root, number: int) -> bool:
    """Whether its parent is a Circus of this ROOT."""
    return f"{root.supervisor}/circus.ini".encode() in processes.command(processes.parent(number)).split(b"\0")


def _stop_signal(root: Root, place: Path) -> str:
    """What Circus was told, by the folder that it ran the process in."""
    folder, name = (root.current, circus.PUBLIC) if place == root.run else (place, f"{place.name}.ini")
    told = folder / "supervisor" / name
    match = SIGNAL.search(told.read_text(encoding="utf-8")) if told.exists() else None
    return match[1] if match else "TERM"


def _leads(number: int) -> bool:
    """Whether it leads a session; not when it has ended."""
    try:
        return os.getsid(number) == number
    except ProcessLookupError:
        return False


def _group(number: int) -> int:
    """0 for a process that has ended."""
    try:
        return os.getpgid(number)
    except ProcessLookupError:
        return 0
