"""Circus, the embedded supervisor: its files and its commands. `python -m deploy` starts it on this machine."""

from __future__ import annotations

import shlex
from pathlib import Path
from types import ModuleType

from ...files import File
from ...hosts import ENVIRONMENT
from ...release import Release, Root
from ...templates import load
from ..process import Process

requires = ("circus",)  # pinned in requirements/supervisor.txt; in an environment of its own, as it outlives releases
FRAGMENTS = "circus.d"
PUBLIC = "public.ini"  # the fragment of whoever listens on the public address
HOOK = "reaped.py"
NOTIFY = "notify"  # socket in Root.sockets on which processes say that they are ready

_template = load(__package__)


def main(root: Root) -> list[File]:
    """circus.ini and the hook: constant for a ROOT, as Circus restarts everything when the former changes."""
    text = _template("circus.ini").render(root=root, environment=ENVIRONMENT, fragments=FRAGMENTS, notify=NOTIFY)
    return [File("circus.ini", text), File(HOOK, Path(__file__).with_name(HOOK).read_text(encoding="utf-8"))]


def processes(release: Release, process: Process) -> list[File]:
    """The release's processes, on the shared public socket or, behind a front end, on one of their own."""
    name = "public" if release.target.standalone else release.id
    socket = name if process.inherits else ""
    text = _template("application.ini").render(
        release=release, process=process, cmd=_logged(process.argv, release, "application"), socket=socket
    )
    return [File(f"{release.id}.ini", text)]


def public(release: Release) -> File:
    """The public TCP socket, held open while adapters come and go."""
    return File(PUBLIC, _template("public.ini").render(release=release))


def frontend(release: Release, room: ModuleType, site: str) -> File:
    """The front end, which holds the public port itself and reads `site` from the current release."""
    argv = room.start(room.binary, str(release.root.current / "frontend" / "server.conf"))
    cmd = _logged(argv, release, "frontend")
    return File(PUBLIC, _template("frontend.ini").render(release=release, cmd=cmd, stop_signal=room.stop_signal))


def _logged(argv: list[str], release: Release, name: str) -> str:
    """The command with its output appended to a log, by itself: read from a pipe by Circus, it would wait for Circus.

    And when a process is killed whose children still hold that pipe, Circus loses count of its files, and of a process.
    """
    log = f"{release.root.logs}/{name}.log"
    return shlex.join(["/bin/sh", "-c", f"exec {shlex.join(argv)} >>{shlex.quote(log)} 2>&1"])


def start(venv: str, root: Root) -> list[str]:
    """Start the supervisor in the background; in `root.supervisor`, where its hook is."""
    return [f"{venv}/bin/python", "-m", "circus.circusd", "--daemon", "--pidfile", f"{root.supervisor}/circus.pid",
            "--log-output", f"{root.logs}/supervisor.log", f"{root.supervisor}/circus.ini"]  # fmt: skip


def control(venv: str, root: Root, *words: str, timeout: int = 10) -> list[str]:
    """A command to the running supervisor, answered as JSON."""
    return [f"{venv}/bin/circusctl", "--json", "--timeout", str(timeout), "--endpoint", endpoint(root), *words]


def endpoint(root: Root) -> str:
    """Where the supervisor takes commands: a socket that only its owner can reach."""
    return f"ipc://{root.supervisor}/control"
