"""Sites on a test host, deployed there by the tool itself: what an artifact would bring is put there once."""

from __future__ import annotations

import http.client
import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from deploy.adapters import ADAPTERS
from deploy.fleet.artifact import Machine, make
from deploy.machine.run import Local
from deploy.site import environments
from tests import project
from tests.project import PROJECT

from . import lab
from .image import CACHE, alone

TOOL = "/opt/tool/bin/python"
KEPT = 12  # releases of a site: so that no environment is made twice


def equip(host: lab.Host) -> None:
    """Put the project, the wheels of all adapters and the tool on a host; it then needs no package registry."""
    locks = [
        *environments.tool_locks(PROJECT),
        PROJECT / "requirements" / "ldap.txt",
        *(lock for name in ADAPTERS for lock in environments.release_locks(PROJECT, name)),
    ]
    words = host.run("python3 -c 'import platform, sys; print(sys.version_info[1], platform.libc_ver()[1], "
                     "platform.machine())'").stdout.split()  # fmt: skip
    machine = Machine(int(words[0]), int(words[1].partition(".")[2]), words[2])
    with alone("wheels"):
        wheels = make.wheels(Local(os.environ), CACHE / "wheels", machine, list(dict.fromkeys(locks)))
    with tempfile.TemporaryDirectory() as scratch:
        host.put(project.copy(Path(scratch, "project")), "/opt/project")
    host.put(wheels, "/opt/wheels")
    host.run("python3 -m venv /opt/tool && cd /opt/project && /opt/tool/bin/pip install -q --no-deps --no-index "
             "--find-links /opt/wheels --require-hashes -r requirements/tool.txt")  # fmt: skip


class Site:
    """A ROOT on a host, reached at `port` by the name `name`."""

    def __init__(self, host: lab.Host, name: str, port: int) -> None:
        self.host, self.name, self.port = host, name, port
        self.forgotten: dict[str, object] = {}  # what an earlier deployment was asked for, and the next one is not
        self.root, self.wanted, self.release = f"/srv/{name}", ("", {}), ""

    def run(self, command: str, *words: str) -> subprocess.CompletedProcess[str]:
        """python -m deploy, there, as root."""
        line = shlex.join([TOOL, "-m", "deploy", command, f"ROOT={self.root}", *words])
        return self.host.run(f"cd /opt/project && PIP_NO_INDEX=1 PIP_FIND_LINKS=/opt/wheels {line}", check=False)

    def up(self, adapter: str, **settings: object) -> subprocess.CompletedProcess[str]:
        """Deploy."""
        given = {"SUPERVISOR": "systemd", "ADDRESS": "0.0.0.0", "PORT": self.port, "SERVER_NAME": f"{self.name}.test",
                 "GRACEFUL_TIMEOUT": 5, "KEEP_RELEASES": KEPT, **settings}  # fmt: skip
        words = {**self.forgotten, **given}
        self.forgotten |= dict.fromkeys(given, "")
        return self.run("up", adapter, *(f"{name}={value}" for name, value in words.items()))

    def live(self, adapter: str, **settings: object) -> str:
        """Deploy, insist on success and return the release's id."""
        done = self.up(adapter, **settings)
        assert done.returncode == 0, done.stdout + done.stderr
        self.wanted = ("", {})
        return done.stdout.splitlines()[-1].split()[3]

    def back(self) -> str:
        """Roll back and return the release's id."""
        done = self.run("rollback")
        assert done.returncode == 0, done.stdout + done.stderr
        self.wanted = ("", {})
        return done.stdout.splitlines()[-1].split()[3]

    def have(self, adapter: str, **settings: object) -> str:
        """The release's id, deployed unless it is what is live."""
        if self.wanted != (adapter, settings):
            self.wanted, self.release = (adapter, settings), self.live(adapter, **settings)
        return self.release

    def get(self, path: str = "/") -> tuple[int, str | None, bytes]:
        """Status, release and body of one request over the network."""
        response, body = ask(self.host.address, self.port, path, f"{self.name}.test:{self.port}", self.token)
        return response.status, response.getheader("X-Release"), body

    @property
    def token(self) -> str:
        """Who sends it is told which release answers."""
        return self.host.run(f"cat {self.root}/shared/token").stdout

    def units(self, pattern: str = "*") -> list[str]:
        """The names of its units that are active."""
        listed = self.host.run(f"systemctl list-units --plain --no-legend --state=active '{self.name}-{pattern}'")
        return [line.split()[0] for line in listed.stdout.splitlines()]


def ask(address: str, port: int, path: str, host: str, token: str = "") -> tuple[http.client.HTTPResponse, bytes]:
    """The response to GET and its body."""
    connection = http.client.HTTPConnection(address, port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": host, "X-Release-Token": token})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()
