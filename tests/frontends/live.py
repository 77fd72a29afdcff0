"""Runs one front end, rendered as a deployment would, in a folder of its own and on a free port."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from deploy import frontends
from deploy.bundle import frontend

PATIENCE = 20.0  # seconds for a server to start or stop, which normally takes milliseconds
PATH = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"


class Front(NamedTuple):
    """A running front end; `release` is where its current configuration lies."""

    module: ModuleType
    process: subprocess.Popen[bytes]
    port: int
    root: Path
    context: dict[str, object]

    def log(self) -> str:
        """What it has complained about."""
        path = self.root / "logs" / "error.log"
        return path.read_text(errors="replace") if path.exists() else "no error.log"

    def release(self, **changes: object) -> None:
        """Write another release with `changes` in its context, switch to it and reload."""
        write(self.root, self.module.__name__.rpartition(".")[2], self.context | changes)
        self.process.send_signal(signal.Signals[f"SIG{self.module.reload_signal}"])


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder that the workers of a front end started by root can reach too, unlike pytest's own."""
    root = Path(tempfile.mkdtemp(prefix="front-", dir="/tmp"))
    root.chmod(0o755)
    try:
        yield root
    finally:
        shutil.rmtree(root)


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def context(root: Path, **changes: object) -> dict[str, object]:
    """What a deployment would tell the templates, below `root`."""
    (root / "code").mkdir(exist_ok=True)
    for name in ("run", "logs", "run/uploads"):
        (root / name).mkdir(exist_ok=True)
        (root / name).chmod(0o777)
    user = "www-data" if os.geteuid() == 0 else ""
    group = "www-data" if user else ""
    return {
        **{"mount": "", "address": "127.0.0.1", "port": free_port(), "server_name": ["site.test", "localhost"]},
        **{
            "connections": 512,
            "body_limit": 1024 * 1024,
            "header_limit": 16 * 1024,
            "buffering": False,
            "processes": 2,
            "threads": 4,
        },
        **{
            "timeout": 10,
            "keepalive_timeout": 5,
            "graceful_timeout": 10,
            "request_timeout": 20,
            "max_requests": 0,
            "release": "1",
            "mod_wsgi": "",
        },
        **{"upstream": str(root / "run" / "up.sock"), "upstream_is_unix": True, "static": "", "venv": "/usr"},
        **{"code": str(root / "code"), "run": str(root / "run"), "logs": str(root / "logs")},
        **{"user": user, "group": group, "worker": user, "protocol": "http", "headers": {}, "static_headers": {}},
    } | changes


def write(root: Path, name: str, values: dict[str, object]) -> Path:
    """Render a release of its own for `values`, make it the current one: its server.conf as the server sees it."""
    number = len(list(root.glob("releases/*"))) + 1
    code = root / "releases" / str(number)
    shutil.copytree(str(values["code"]), code)
    (code / "frontend").mkdir()
    for file in frontend.render(name, str(values["protocol"]), values | {"code": str(code), "release": str(number)}):
        (code / "frontend" / file.name).write_text(file.content)
    (root / "next").symlink_to(code)
    (root / "next").replace(root / "current")
    return root / "current" / "frontend" / "server.conf"


def binary(module: ModuleType) -> str:
    """The server's program; its package is one of those that the tests need."""
    found = shutil.which(module.binary, path=PATH)
    assert found, f"{module.binary} is missing: apt install {module.package}"
    return found


@contextlib.contextmanager
def front(name: str, root: Path, **changes: object) -> Iterator[Front]:
    """The front end `name`, serving."""
    module = importlib.import_module(frontends.FRONTENDS[name])
    values = context(root, **changes)
    config = write(root, name, values)
    with open(root / "logs" / "console.log", "wb") as console:
        process = subprocess.Popen(
            module.start(binary(module), str(config)), stdout=console, stderr=console, start_new_session=True
        )
    running = Front(module, process, int(str(values["port"])), root, values)
    try:
        await_port(running)
        yield running
    finally:
        stop(running)


def await_port(running: Front) -> None:
    """Return when the port answers."""
    deadline = time.monotonic() + PATIENCE
    with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", running.port)):
        return
    while time.monotonic() < deadline:
        console = (running.root / "logs" / "console.log").read_text(errors="replace")
        assert running.process.poll() is None, console + running.log()
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", running.port)):
            return
        time.sleep(0.02)
    raise TimeoutError(running.log())


def stop(running: Front) -> None:
    """Stop it gracefully; what does not stop is killed and is a failure."""
    if running.process.poll() is None:
        running.process.send_signal(signal.Signals[f"SIG{running.module.stop_signal}"])
    try:
        running.process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        running.process.kill()
        running.process.wait()
        raise
