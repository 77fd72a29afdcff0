"""The virtual environments below ROOT, one for each interpreter and set of pins of requirements/."""

from __future__ import annotations

import hashlib
import importlib
import sys
from pathlib import Path

from ..adapters import ADAPTERS
from ..errors import Refused
from ..machine import trees
from ..machine.files import requirements
from ..machine.run import Local

# With this tool's own pip, which need not be installed into each environment; the pins are all that there is to it.
INSTALL = ("install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps")
COMPLETE = "complete"  # marks an environment whose installation ended well


def release_locks(project: Path, adapter: str) -> list[Path]:
    """The requirements files of a release served by `adapter`, whose own one it has if it needs a library.

    Raises Refused when one is missing.
    """
    own = project / "requirements" / "adapters" / f"{adapter}.txt"
    requires = importlib.import_module(ADAPTERS[adapter]).requires
    locks = [project / "requirements.txt", *([own] if requires else [])]
    for lock in locks:
        if not lock.exists():
            raise Refused(f"{lock} does not exist: it pins what a release needs; 'make requirements' writes it")
    return locks


def supervisor_locks(project: Path) -> list[Path]:
    """The requirements file of the supervisor, which has an environment of its own as it outlives the releases."""
    return [project / "requirements" / "supervisor.txt"]


def tool_locks(project: Path) -> list[Path]:
    """The requirements file of this tool on a host."""
    return [project / "requirements" / "tool.txt"]


def name_of(python: Path, locks: list[Path]) -> str:
    """The name of the environment for an interpreter and requirements files: a hash of all that goes into it."""
    texts = [str(python), *(path.read_text(encoding="utf-8") for lock in locks for path in requirements(lock))]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


def make(host: Local, python: Path, venv: Path, locks: list[Path]) -> bool:
    """Make `venv` with what `locks` pin, unless it is there; whether it was made."""
    if (venv / COMPLETE).exists():
        return False
    trees.remove(host, venv)
    try:
        host.run([python, "-m", "venv", "--without-pip", venv])
        files = [word for lock in locks for word in ("-r", str(lock))]
        host.run([sys.executable, "-m", "pip", "--python", venv / "bin" / "python", *INSTALL, *files])
        (venv / COMPLETE).touch()
        trees.close(host, venv)
    except BaseException:
        trees.remove(host, venv)  # half of one is of no use, and may have filled the disk
        raise
    return True
