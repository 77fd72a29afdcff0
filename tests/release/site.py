"""The site that the load client uses: deployed, rolled back, and one of its processes killed."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

from deploy.machine.processes import children, command, tree
from deploy.site.release import Root
from deploy.site.sandbox import PROGRAM
from tests import project

from ..deploy.conftest import Site

GRACEFUL = 5  # seconds
EXIT = 0.05  # seconds in which the kernel closes what a killed process had open
SANDBOX = PROGRAM.encode() + b"\0"  # how the command of what waits around the process begins
PATIENCE = 30.0  # seconds in which a killed process must have a successor
SETTINGS = {"PROCESSES": 2, "GRACEFUL_TIMEOUT": GRACEFUL, "KEEP_RELEASES": 200}  # so that no environment is made twice


def make_project(folder: Path) -> Path:
    """A project with nothing but the test's application, as each of some hundred releases is a copy of it."""
    project.copy(folder, project.TOOL)
    shutil.copy(Path(__file__).parent / "application.py", folder)
    return folder


def up(site: Site, name: str, frontend: str) -> str:
    """Deploy the test's application, by an adapter or ADAPTER:PROTOCOL, and return the release's id."""
    adapter, _, protocol = name.partition(":")
    return site.live(adapter, "application:application", FRONTEND=frontend, PROTOCOL=protocol, **SETTINGS)


def back(site: Site) -> str:
    """Roll back and return the release's id."""
    done = site.run("rollback")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split()[-5]


def processes(site: Site, folder: str = "current") -> set[int]:
    """What the supervisor has started for the live release; in `run`, the front end. Not what Apache itself starts."""
    place = os.path.realpath(site.root / folder)
    supervisor = int((Root(site.root).supervisor / "circus.pid").read_text())
    return {pid for pid in children(supervisor) if _cwd(pid) == place}


def kill(site: Site, folder: str = "current") -> float:
    """Kill one of these processes, wait until another has taken its place and its children have ended, and return when
    it was killed."""
    before = processes(site, folder)
    victim = min(before)
    gone = set(tree(victim))
    os.kill(next(pid for pid in tree(victim) if not command(pid).startswith(SANDBOX)), signal.SIGKILL)
    time.sleep(EXIT)
    killed = time.monotonic()
    while len(found := processes(site, folder)) < len(before) or found & gone:
        assert time.monotonic() < killed + PATIENCE, f"{found} run after {victim}, one of {before}, was killed"
        time.sleep(0.05)
    return killed


def kill_frontend(site: Site) -> float:
    """Kill the front end's master and return when the site answered again, alone."""
    killed = kill(site, "run")
    while True:
        try:
            assert site.get()[0] == 200
            return time.monotonic()
        except OSError:
            assert time.monotonic() < killed + PATIENCE, "the site did not come back"
            time.sleep(0.05)


def _cwd(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:  # it has ended
        return ""
