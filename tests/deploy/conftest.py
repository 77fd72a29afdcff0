"""Deployments by the real command to a ROOT of their own, with everything that they started stopped at the end."""

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from deploy.machine import trees
from deploy.machine.run import Local
from deploy.machine.sockets import free_port
from tests import environments
from tests.project import PROJECT, copy

from .faulty import FILLING


class Site:
    """A ROOT that every user can enter, a free port, and the command line."""

    def __init__(self, root: Path, project: Path = PROJECT) -> None:
        self.forgotten: dict[str, object] = {}  # what an earlier deployment was asked for, and the next one is not
        self.folder, self.root, self.port, self.project = root.parent, root, free_port("127.0.0.1"), project

    def run(
        self, *words: str, text: str = "", environ: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "deploy", words[0], f"ROOT={self.root}", *words[1:]]
        return subprocess.run(argv, cwd=self.project, input=text, text=True, capture_output=True, check=False,
                              env={**os.environ, **(environ or {})}, timeout=240)  # fmt: skip

    def up(self, adapter: str, application: str = "tests.deploy.sites:plain", **settings: object):
        given = {"PORT": self.port, "PROCESSES": 1, **settings}
        words = [f"{key}={value}" for key, value in {**self.forgotten, **given}.items()]
        self.forgotten |= {key: "" for key in given if not key.startswith("RELEASE")}
        return self.run("up", f"APPLICATION={application}", adapter, *words)

    def live(self, adapter: str, application: str = "tests.deploy.sites:plain", **settings: object) -> str:
        """Deploy, insist on success, and return the release's id."""
        environments.bring(self.root, self.project, adapter)
        done = self.up(adapter, application, **settings)
        assert done.returncode == 0, done.stdout + done.stderr
        match = re.fullmatch(r"live: (\S+) release (\S+) adapter (\S+) frontend (\S+)", done.stdout.splitlines()[-1])
        assert match, done.stdout
        assert match[3] == adapter
        self.output = done.stdout
        return match[2]

    @property
    def token(self) -> str:
        """Who sends it is told which release answers."""
        return (self.root / "shared" / "token").read_text()

    def get(self, path: str = "/", headers: dict[str, str] | None = None):
        """(status, release, body) of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"X-Release-Token": self.token, **(headers or {})})
            response = connection.getresponse()
            return response.status, response.getheader("X-Release"), response.read().decode()
        finally:
            connection.close()


def make_site(project: Path = PROJECT) -> Site:
    folder = Path(tempfile.mkdtemp(prefix="yourapplication-", dir="/tmp"))
    folder.chmod(0o755)
    return Site(folder / "root", project)


def remove_site(site: Site) -> None:
    if (site.root / "current").exists():
        done = site.run("stop")
        assert done.returncode == 0, done.stderr
    trees.remove(Local(os.environ), site.folder)


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """What most tests deploy."""
    return copy(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def site(project):
    """One ROOT for a module: its tests deploy over one another, as users do."""
    made = make_site(project)
    yield made
    remove_site(made)


@pytest.fixture(scope="session")
def operated(project):
    """A site of our application behind nginx, for tests that look and put back what they have harmed."""
    made = make_site(project)
    made.release = made.live("gunicorn", "yourapplication:create_app()", FRONTEND="nginx", PROCESSES=2)
    yield made
    remove_site(made)


@pytest.fixture
def fresh_site():
    made = make_site()
    yield made
    remove_site(made)


@pytest.fixture(scope="module")
def faulty(site):
    """faulty(kind, step, place, words): the exit code and the output of a deployment with a fault (faulty.py)."""
    environ, output = {**os.environ, "PYTHONPATH": str(PROJECT)}, site.folder / "output"
    with subprocess.Popen([sys.executable, "-m", "tests.deploy.faulty"], cwd=site.project, env=environ, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:  # fmt: skip

        def run(kind, step, place, given):
            given = [given[0], f"ROOT={site.root}", *given[1:]]
            server.stdin.write(json.dumps([kind, step, place, str(output), given]) + "\n")
            server.stdin.flush()
            code = int(server.stdout.readline())
            (site.root / FILLING).unlink(missing_ok=True)
            return code, output.read_text()

        yield run
