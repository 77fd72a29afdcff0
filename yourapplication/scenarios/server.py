"""The development server of a sandbox, on this machine only; its folder holds its log and says what it is."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple

from ..errors import Refused

PATIENCE = 30  # seconds for it to answer, or to end
FLASK = (sys.executable, "-m", "flask", "--app", "yourapplication")
PROJECT = Path(__file__).parents[2]


class Server(NamedTuple):
    """What state.json says."""

    pid: int
    url: str


def start(folder: Path, port: int, environment: dict[str, str]) -> str:
    """Start it and return its URL when it answers; raises Refused with what it said. `port`: 0 is any."""
    port = _free(port)
    url, log = f"http://127.0.0.1:{port}/", folder / "server.log"
    with log.open("w") as file:
        words = [*FLASK, "run", "--port", str(port)]
        started = subprocess.Popen(words, env=environment, cwd=PROJECT, start_new_session=True,
                                   stdin=subprocess.DEVNULL, stdout=file, stderr=file)  # fmt: skip
    _state(folder).write_text(json.dumps(Server(started.pid, url)._asdict()))
    deadline = time.monotonic() + PATIENCE
    while not _answers(f"{url}readyz"):
        if started.poll() is not None or time.monotonic() > deadline:
            raise Refused(f"the server did not start: {log.read_text().strip()}")
        time.sleep(0.1)
    return url


def running(folder: Path) -> Server | None:
    """The server, if it runs."""
    try:
        found = Server(**json.loads(_state(folder).read_text()))
    except FileNotFoundError:
        return None
    return found if _is_ours(found.pid) else None


def end(folder: Path) -> None:
    """End it, if it runs, and return when all that it had open is closed."""
    found = running(folder)
    if found is None:
        return
    process = os.pidfd_open(found.pid)
    try:
        os.killpg(found.pid, signal.SIGTERM)
        select.select([process], [], [], PATIENCE)
    finally:
        os.close(process)


def _state(folder: Path) -> Path:
    return folder / "state.json"


def _free(port: int) -> int:
    """`port`, or any if it is 0; raises Refused when somebody listens on it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Refused(f"port {port} cannot be listened on ({error.strerror}): choose another --port") from error
        found: int = probe.getsockname()[1]
        return found


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except OSError:
        return False


def _is_ours(pid: int) -> bool:
    """Whether a process is a server that `start` has started, and not another that has its number now."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[3:6] == [b"--app", b"yourapplication", b"run"]
