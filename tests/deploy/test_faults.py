"""A fault in each step of a deployment: clients notice nothing, and the next deployment needs no cleaning by hand."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import steps, undoing

from .conftest import PROJECT, make_site
from .faulty import FILLING

DEPLOYMENT = [undoing.name(step) for step in steps.STEPS]
ROLLBACK = [undoing.name(step) for step in steps.ROLLBACK]
LONG = ("folders", "release", "install", "render", "start", "switch", "drain", "prune")  # they do many things
SIZE = "32m"  # of ROOT's disk
PARTS = ("deploy", "config", "requirements")  # of the project: what a release of any application needs
FOLDERS = (".", "releases", "run", "run/sockets", "run/supervisor/circus.d")


@pytest.fixture(scope="module")
def site():
    """A tiny application behind nginx; root has a disk for ROOT that can be filled, environments lie elsewhere."""
    made = make_site()
    made.project = made.folder / "project"
    for name in PARTS:
        shutil.copytree(PROJECT / name, made.project / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "tests" / "deploy" / "sites.py", made.project)
    (made.project / "requirements.txt").write_text("")
    for folder in (made.root, made.folder / "venvs"):
        folder.mkdir()
    disk = ["mount", "-t", "tmpfs", "-o", f"mode=755,size={SIZE}", "yourapplication", str(made.root)]
    if os.geteuid() == 0:
        subprocess.run(disk, check=True)
    (made.root / "venvs").symlink_to(made.folder / "venvs")
    try:
        live(made)
        live(made)
        yield made
    finally:
        assert made.run("stop").returncode == 0
        if os.geteuid() == 0:
            subprocess.run(["umount", made.root], check=True)
        shutil.rmtree(made.folder)


@pytest.fixture(scope="module")
def faulty(site):
    """faulty(kind, step, place, words): the exit code and the output of a deployment with a fault (faulty.py)."""
    environ, output = {**os.environ, "PYTHONPATH": str(PROJECT)}, site.folder / "output"
    with subprocess.Popen([sys.executable, "-m", "tests.deploy.faulty"], cwd=site.project, env=environ, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:  # fmt: skip

        def run(kind, step, place, words):
            words = [words[0], f"ROOT={site.root}", *words[1:]]
            server.stdin.write(json.dumps([kind, step, place, str(output), words]) + "\n")
            server.stdin.flush()
            code = int(server.stdout.readline())
            (site.root / FILLING).unlink(missing_ok=True)
            return code, output.read_text()

        yield run


def up(site):
    return ["up", "tornado", "APPLICATION=sites:plain", "FRONTEND=nginx", "PROCESSES=1", f"PORT={site.port}"]


def live(site):
    return site.live("tornado", "sites:plain", FRONTEND="nginx")


def current(site):
    return os.readlink(site.root / "current").rpartition("/")[2]


def traces(site):
    """What deployments leave outside of logs and environments: files, and the releases that processes run in."""
    return {str(path) for folder in FOLDERS for path in (site.root / folder).iterdir()}, set(processes(site))


def processes(site):
    """The releases in whose folders processes run."""
    folder = f"{site.root}/releases/"
    for path in Path("/proc").glob("[0-9]*/cwd"):
        try:
            place = os.readlink(path)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if place.startswith(folder):
            yield place.removeprefix(folder)


def assert_clean(site):
    """Only what serves runs, only what was live is kept, and the lock is free."""
    live, run = current(site), site.root / "run"
    assert set(processes(site)) == {live}
    assert {path.name for path in run.glob("2*")} == {path.name for path in (site.root / "releases").iterdir()}
    assert {path.name for path in (run / "sockets").iterdir()} == {live}
    assert {path.name for path in (run / "supervisor" / "circus.d").iterdir()} == {f"{live}.ini", "public.ini"}
    assert not (site.root / "lock").exists()
    assert site.get()[:2] == (200, live)


def fails_cleanly(site, run):
    """Either nothing has happened, or the release is live: with a disk that is full the last steps may go well."""
    before, serving = traces(site), current(site)
    code, said = run()
    assert code in (0, 1), said
    assert "Traceback" not in said
    assert (current(site) != serving) == (code == 0), said
    if code:
        assert traces(site) == before
        assert said.splitlines()[-1] == f"still live: release {serving}, adapter tornado"
    assert_clean(site)


@pytest.mark.root
@pytest.mark.parametrize("step", DEPLOYMENT)
def test_the_disk_is_full_in_a_step(site, faulty, step):
    fails_cleanly(site, lambda: faulty("full", step, "0", up(site)))


@pytest.mark.parametrize("step", DEPLOYMENT)
def test_a_step_fails(site, faulty, step):
    fails_cleanly(site, lambda: faulty("fail", step, "2", up(site)))


@pytest.mark.parametrize("step", DEPLOYMENT)
def test_the_deployment_is_killed_in_a_step(site, faulty, step):
    serving = current(site)
    for place in ("2", "end") if step in LONG else ("end",):
        code, said = faulty("kill", step, place, up(site))
        assert code == -9, said
        status, release, _ = site.get()
        assert (status, release in (serving, current(site))) == (200, True)
    new = live(site)
    assert_clean(site)
    assert current(site) == new


@pytest.mark.parametrize("step", ROLLBACK)
def test_a_rollback_that_is_killed(site, faulty, step):
    serving = current(site)
    other = max({path.name for path in (site.root / "releases").iterdir()} - {serving})
    code, said = faulty("kill", step, "2", ["rollback", f"RELEASE={other}"])
    assert code == -9, said
    status, release, _ = site.get()
    assert (status, release in (serving, current(site))) == (200, True)
    done = site.run("rollback", *([] if current(site) == other else [f"RELEASE={other}"]))
    assert done.returncode == 0, done.stderr
    assert_clean(site)
