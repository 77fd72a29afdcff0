"""The site that the load client uses: deployed, rolled back, and one of its processes killed."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

from ..deploy.conftest import PROJECT, Site

GRACEFUL = 5  # seconds
PATIENCE = 30.0  # seconds in which a killed process must have a successor
SETTINGS = {"PROCESSES": 2, "GRACEFUL_TIMEOUT": GRACEFUL, "KEEP_RELEASES": 200}  # so that no environment is made twice


NEEDED = ("deploy", "config", "requirements", "requirements.txt", "yourapplication.cgi", "yourapplication.wsgi")


def make_project(folder: Path) -> Path:
    """A project with nothing but the test's application, as each of some hundred releases is a copy of it."""
    for name in NEEDED:
        copy = shutil.copytree if (PROJECT / name).is_dir() else shutil.copy
        copy(PROJECT / name, folder / name)
    shutil.copy(Path(__file__).parent / "application.py", folder)
    return folder


def up(site: Site, adapter: str, frontend: str) -> str:
    """Deploy the test's application and return the release's id."""
    return site.live(adapter, "application:application", FRONTEND=frontend, **SETTINGS)


def back(site: Site) -> str:
    """Roll back and return the release's id."""
    done = site.run("rollback")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split()[-5]


def processes(site: Site) -> set[int]:
    """The processes of the live release that no other of them has started."""
    folder = os.path.realpath(site.root / "current")
    found = {int(path.name): path for path in Path("/proc").glob("[0-9]*") if _cwd(path) == folder}
    return {pid for pid, path in found.items() if _parent(path) not in found}


def kill(site: Site) -> float:
    """Kill a process of the live release, wait until another has taken its place, and return when it was killed."""
    before = processes(site)
    victim = min(before)
    killed = time.monotonic()
    os.kill(victim, signal.SIGKILL)
    while len(processes(site) - {victim}) < len(before):
        assert time.monotonic() < killed + PATIENCE, f"nobody came after {victim}, one of {before}"
        time.sleep(0.05)
    return killed


def _cwd(path: Path) -> str:
    try:
        return os.readlink(path / "cwd")
    except OSError:  # it has ended, or is somebody else's
        return ""


def _parent(path: Path) -> int:
    try:
        return int((path / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
