"""What a Circus that was killed has left running: it can be told nothing any more, and keeps the ports and sockets."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from ..release import Root
from ..supervisors import circus
from .processes import await_end, command

SECONDS = 20  # that they may take to end


def groups(root: Root) -> set[int]:
    """The groups of processes that Circus has started for this ROOT; each of them leads a session.

    They know where to say that they are ready. nginx writes its title over that: it is known by its configuration.
    """
    notify = f"NOTIFY_SOCKET={root.sockets / circus.NOTIFY}".encode()
    config = str(root.current / "frontend" / "server.conf").encode()
    found = set()
    for number in _numbers():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):  # ended, or of somebody else
            ours = notify in Path(f"/proc/{number}/environ").read_bytes().split(b"\0")
            ours = ours or (config in command(number) and os.readlink(f"/proc/{number}/cwd") == str(root.run))
            if ours and os.getsid(number) == number:
                found.add(number)
    return found


def end(root: Root) -> bool:
    """Kill them, wait until they have ended, and remove their sockets; whether there were any."""
    leaders = groups(root)
    members = [number for number in _numbers() if _group(number) in leaders]
    for leader in leaders:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(leader, signal.SIGKILL)
    await_end(members, SECONDS)
    if leaders:
        for path in filter(Path.is_socket, root.sockets.iterdir()):
            path.unlink()
    return bool(leaders)


def _numbers() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]


def _group(number: int) -> int:
    """0 for a process that has ended."""
    try:
        return os.getpgid(number)
    except ProcessLookupError:
        return 0
