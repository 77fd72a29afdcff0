"""Environments for the sites of tests: each made once, as a deployment makes it, and linked into every ROOT."""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
import tempfile
from pathlib import Path

from deploy.checks.interpreters import find
from deploy.machine.accounts import NOBODY
from deploy.machine.run import Local
from deploy.site import environments

MADE = Path(tempfile.gettempdir(), f"yourapplication-environments-{os.geteuid()}")


def bring(root: Path, project: Path, adapter: str) -> None:
    """Put what a deployment would install into the folder ROOT, so that it finds an environment unchanged."""
    for locks in (environments.release_locks(project, adapter), environments.supervisor_locks(project)):
        name = environments.name_of(_python(), locks)
        if not (root / "venvs" / name).exists():
            _make(MADE / name, locks)
            _link(MADE / name, root / "venvs" / name)


@functools.cache
def _python() -> Path:
    user = "" if os.geteuid() else NOBODY
    found, tried = find("", Local(os.environ, user))
    assert found, tried
    return found


def _make(venv: Path, locks: list[Path]) -> None:
    MADE.mkdir(mode=0o755, exist_ok=True)
    assert MADE.stat().st_uid == os.geteuid(), f"{MADE} is somebody else's: remove it"
    with open(f"{venv}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes
        environments.make(Local(os.environ), _python(), venv, locks)


def _link(made: Path, venv: Path) -> None:
    """Files are shared, folders are not; scripts name their own interpreter."""
    shutil.copytree(made, venv, symlinks=True, copy_function=os.link)
    (venv / "bin").chmod(0o755)
    for script in (venv / "bin").iterdir():
        if not script.is_symlink():
            text, mode = script.read_bytes(), script.stat().st_mode
            script.unlink()
            script.write_bytes(text.replace(os.fsencode(made), os.fsencode(venv)))
            script.chmod(mode)
