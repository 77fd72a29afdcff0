"""A tiny application behind nginx, deployed in a second or two: for tests that deploy often."""

import os
import shutil
import subprocess
from pathlib import Path

from deploy.machine import trees
from deploy.machine.processes import command
from deploy.machine.run import Local
from tests import project

from .conftest import make_site

SIZE = "32m"  # of ROOT's disk
PARTS = ("deploy", "config", "requirements")  # what a release of any application needs
FOLDERS = (".", "releases", "run", "run/sockets", "run/supervisor/circus.d")


def make():
    """Its site, not yet deployed; root has a disk for ROOT that can be filled, environments lie elsewhere."""
    site = make_site()
    site.project = project.copy(site.folder / "project", PARTS)
    shutil.copy(Path(__file__).parent / "sites.py", site.project)
    (site.project / "requirements.txt").write_text("")
    for folder in (site.root, site.folder / "venvs"):
        folder.mkdir()
    if os.geteuid() == 0:
        disk = ["mount", "-t", "tmpfs", "-o", f"mode=755,size={SIZE}", "yourapplication"]
        subprocess.run([*disk, site.root], check=True)
    (site.root / "venvs").symlink_to(site.folder / "venvs")
    return site


def remove(site):
    if (site.root / "current").exists():
        assert site.run("stop").returncode == 0
    if os.geteuid() == 0:
        subprocess.run(["umount", site.root], check=True)
    trees.remove(Local(os.environ), site.folder)


def words(site, application="sites:plain", **settings):
    """What puts it live, after `python -m deploy`."""
    given = {"FRONTEND": "nginx", "PROCESSES": 1, "PORT": site.port, "APPLICATION": application, **settings}
    return ["up", "tornado", *(f"{name}={value}" for name, value in given.items())]


def live(site, **settings):
    """The id of a new release that is live now."""
    return site.live("tornado", "sites:plain", **{"FRONTEND": "nginx", **settings})


def current(site):
    return os.readlink(site.root / "current").rpartition("/")[2]


def traces(site):
    """What deployments leave outside of logs and environments: files, and the releases that processes run in."""
    return {str(path) for folder in FOLDERS for path in (site.root / folder).iterdir()}, set(processes(site))


def processes(site):
    """The releases in whose folders processes run, but for what waits around them, a sandbox."""
    folder = f"{site.root}/releases/"
    for path in Path("/proc").glob("[0-9]*/cwd"):
        try:
            place = os.readlink(path)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if place.startswith(folder) and not command(int(path.parent.name)).startswith(b"bwrap\0"):
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
