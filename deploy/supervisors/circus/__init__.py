"""Circus, the embedded supervisor: its files and its commands. `python -m deploy` starts it on this machine."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from ...machine.files import File
from ...machine.run import ENVIRONMENT
from ...machine.templates import load
from ...site import sandbox
from ...site.facts import Facts
from ...site.release import Release, Root
from ..program import Program

requires = ("circus",)  # pinned in requirements/supervisor.txt; in an environment of its own, as it outlives releases
hosted = False
FRAGMENTS = "circus.d"
ROTATION = "rotation.json"
PUBLIC = "public.ini"  # the fragment of whoever listens on the public address
BEGIN = "inheriting.py"  # what starts Circus
SCRIPTS = (BEGIN, "reaped.py", "rotating.py", "sandboxed.py")  # and what it imports
NOTIFY = "notify"  # socket in Root.sockets on which processes say that they are ready

_template = load(__package__)


def main(root: Root) -> list[File]:
    """circus.ini and the scripts: constant for a ROOT, as Circus restarts everything when the former changes."""
    text = _template("circus.ini").render(root=root, environment=ENVIRONMENT, fragments=FRAGMENTS, notify=NOTIFY)
    scripts = (File(name, Path(__file__).with_name(name).read_text(encoding="utf-8")) for name in SCRIPTS)
    return [File("circus.ini", text), *scripts]


def processes(release: Release, process: Program, facts: Facts) -> list[File]:
    """The release's processes, on the shared public socket or, behind a front end, on one of their own."""
    name = "public" if release.target.standalone else release.id
    socket = name if process.inherits else ""
    text = _template("application.ini").render(
        release=release,
        process=process,
        cmd=_confined(release, process.argv, facts.real),
        socket=socket,
        group=facts.group,
    )
    return [File(f"{release.id}.ini", text)]


def public(release: Release) -> File:
    """The public TCP socket, held open while adapters come and go."""
    return File(PUBLIC, _template("public.ini").render(release=release))


def rotation(release: Release, room: ModuleType | None, group: str) -> File:
    """What rotating.py reads; no fragment. `reopen`: the signal that makes the front end open its logs anew."""
    settings, reopen = release.settings, room.reopen_signal if room else ""
    rules = {"size": settings.log_size, "days": settings.log_days, "keep": settings.log_keep, "reopen": reopen}
    return File(ROTATION, json.dumps(rules) + "\n")


def frontend(release: Release, room: ModuleType, site: str) -> File:
    """The front end, which reads `site` from the current release, on the public socket where it can inherit one.

    A pid file that it finds is of one that has ended: its number may be another program's by now.
    """
    argv = shlex.join(room.start(room.binary, str(release.root.current / "frontend" / "server.conf")))
    stale = f"rm -f {shlex.quote(str(release.root.run / 'frontend'))}/*.pid; "
    words = f"env {room.inherits}{argv} 3<&0 </dev/null" if room.inherits else argv
    return File(PUBLIC, _template("frontend.ini").render(
        release=release, cmd=_logged(words, release, "frontend", stale), inherits=bool(room.inherits),
        stop_signal=room.stop_signal,
    ))  # fmt: skip


def _logged(words: str, release: Release, name: str, before: str = "") -> str:
    """The command appends its output to a log by itself. If Circus read it from a pipe, the command would wait for
    Circus.

    When a process is killed and its children still hold that pipe, Circus loses count of its files, and of a process.
    """
    log = f"{release.root.logs}/{name}.log"
    return shlex.join(["/bin/sh", "-c", f"{before}exec {words} >>{shlex.quote(log)} 2>&1"])


def _confined(release: Release, argv: list[str], real: Iterable[Path]) -> str:
    """The command in the sandbox, where that works when the process starts; its output goes to the log as the others'.

    A machine that has lost bubblewrap, or whose kernel no longer gives namespaces, serves on: `doctor` says so.
    """
    program = shlex.join(argv)
    words = (f'exec >>{shlex.quote(f"{release.root.logs}/application.log")} 2>&1; "$@" true && exec "$@" {program}; '
             f"exec {shlex.join(sandbox.NO_NEW_PRIVILEGES)} {program}")  # fmt: skip
    return shlex.join(["/bin/sh", "-c", words, "sh", *sandbox.argv(release, real)])


def start(venv: str, root: Root, left: Iterable[int] = ()) -> list[str]:
    """Start the supervisor in the background, with the listening sockets of the processes `left`."""
    return [f"{venv}/bin/python", f"{root.supervisor}/{BEGIN}", ",".join(map(str, left)), "--daemon",
            "--pidfile", f"{root.supervisor}/circus.pid", "--log-output", f"{root.logs}/supervisor.log",
            f"{root.supervisor}/circus.ini"]  # fmt: skip


def control(venv: str, root: Root, *words: str, timeout: int = 10) -> list[str]:
    """A command to the running supervisor, answered as JSON."""
    return [f"{venv}/bin/circusctl", "--json", "--timeout", str(timeout), "--endpoint", endpoint(root), *words]


def endpoint(root: Root) -> str:
    """Where the supervisor takes commands: a socket that only its owner can reach."""
    return f"ipc://{root.supervisor}/control"
