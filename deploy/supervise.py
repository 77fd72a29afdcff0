"""Make the supervisor of a ROOT run exactly given files; ask it, signal it, stop it."""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

from . import logs
from .errors import Failed
from .files import File, keep_only, write
from .hosts import Local
from .release import Root
from .supervisors import circus

START_SECONDS = 15


def apply(host: Local, root: Root, venv: Path, fragments: list[File], patience: int) -> bool:
    """Run exactly `fragments`, starting the supervisor if need be; whether that changed anything.

    When the public address changes hands, whoever has it leaves first. `patience`: seconds a stopping process may take.
    """
    folder = root.supervisor / circus.FRAGMENTS
    folder.mkdir(exist_ok=True)
    write(root.supervisor, [circus.main(root)])
    found = {path.name: File(path.name, path.read_text(encoding="utf-8")) for path in folder.iterdir()}
    wanted = {file.name: file for file in fragments}
    if not running(root):
        keep_only(folder, fragments)
        _start(host, root, venv)
        return True
    if found == wanted:
        return False
    if found.get(circus.PUBLIC) != wanted.get(circus.PUBLIC):
        keep_only(folder, [file for file in fragments if found.get(file.name) == file])
        control(host, root, venv, "reloadconfig", "--waiting", timeout=patience + START_SECONDS)
    keep_only(folder, fragments)
    control(host, root, venv, "reloadconfig", "--waiting", timeout=patience + START_SECONDS)
    return True


def running(root: Root) -> bool:
    """Whether the supervisor of this ROOT runs."""
    return pid(root) is not None


def pid(root: Root) -> int | None:
    """The supervisor's process id, None when it does not run: a number reused by another program does not count."""
    try:
        number = int((root.supervisor / "circus.pid").read_text())
    except (FileNotFoundError, ValueError):
        return None
    return number if str(root.supervisor).encode() in _command(number) else None


def venv(root: Root) -> Path:
    """The environment of the running supervisor, or one that it can be started from; raises Failed without any."""
    number = pid(root)
    if number is not None:
        program = _command(number).split(b"\0")[0].decode()
        return Path(program).parent.parent
    for found in root.venvs.glob("*/bin/circusd"):
        return Path(found).parent.parent
    raise Failed(f"{root.venvs} has no supervisor any more: deploy again")


def control(host: Local, root: Root, venv: Path, *words: str, timeout: int = 10) -> dict[str, object]:
    """Send the supervisor a command and return its answer; raises Failed when it refuses."""
    done = host.run(circus.control(str(venv), root, *words, timeout=timeout), timeout=timeout + 10)
    try:
        answer: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError) as error:
        raise Failed(f"the supervisor answered {done.stdout!r} to {' '.join(words)}") from error
    if answer.get("status") == "error":
        raise Failed(
            f"the supervisor refused {' '.join(words)}: {answer.get('reason')}\n{logs.said(root, 'supervisor')}"
        )
    return answer


def processes(host: Local, root: Root) -> list[tuple[str, str, list[int]]]:
    """What runs: each watcher's name, its state and its process ids."""
    environment = venv(root)
    states: Any = control(host, root, environment, "status")["statuses"]
    found: list[tuple[str, str, list[int]]] = []
    for name, state in states.items():
        pids: Any = control(host, root, environment, "list", name)["pids"]
        found.append((name, state, pids))
    return found


def workers(root: Root) -> list[int]:
    """The front end's own processes, which serve its connections; after a reload, others do."""
    config = str(root.current / "frontend" / "server.conf").encode()
    servers = [child for child in _children(pid(root)) if config in _command(child)]
    return [worker for server in servers for worker in _children(server)]


def await_end(numbers: list[int], seconds: int) -> None:
    """Wait until the processes have ended, or the time is over."""
    deadline = time.monotonic() + seconds
    while any(map(_command, numbers)) and time.monotonic() < deadline:
        time.sleep(0.05)


def _children(number: int | None) -> list[int]:
    return [
        int(child) for path in Path(f"/proc/{number}/task").glob("*/children") for child in path.read_text().split()
    ]


def _command(number: int) -> bytes:
    """Empty when there is no such process any more."""
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def stop(host: Local, root: Root, venv: Path, patience: int) -> None:
    """Stop everything that runs below ROOT and the supervisor itself."""
    control(host, root, venv, "quit", "--waiting", timeout=patience + START_SECONDS)
    deadline = time.monotonic() + patience + START_SECONDS
    while running(root):
        if time.monotonic() > deadline:
            raise Failed(f"the supervisor, process {pid(root)}, did not stop\n{logs.said(root, 'supervisor')}")
        time.sleep(0.05)


def _start(host: Local, root: Root, venv: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(root.supervisor / "circus.pid")
    host.run(circus.start(str(venv), root), cwd=root.supervisor, timeout=START_SECONDS)
    deadline = time.monotonic() + START_SECONDS
    while True:
        done = host.run(circus.control(str(venv), root, "numwatchers", timeout=1), check=False, timeout=START_SECONDS)
        if done.returncode == 0 and running(root):
            return
        if time.monotonic() > deadline:
            raise Failed(f"the supervisor did not start\n{logs.said(root, 'supervisor')}")
        time.sleep(0.05)
