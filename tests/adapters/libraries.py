"""Interpreters with every adapter's library: as pinned, at the lowest versions that `requires` allows, or at others."""

import fcntl
import hashlib
import importlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from deploy.adapters import ADAPTERS

from . import live

PINS = live.PROJECT / "requirements"
REQUIRES = [each for module in ADAPTERS.values() for each in importlib.import_module(module).requires]
RANGE = re.compile(r"(?P<name>[\w-]+)>=(?P<lowest>[\w.]+),<(?P<above>[\w.]+)")


def wanted(which: str) -> list[str]:
    """What pip installs beside the application's own pins: for `pinned`, an end, or versions such as tornado==6.4."""
    if which not in ("lowest", "newest"):
        pins = [word for path in sorted((PINS / "adapters").glob("*.txt")) for word in ("-r", str(path))]
        return pins + [each for each in which.split() if each != "pinned"]
    ranges = [RANGE.fullmatch(each) for each in REQUIRES]
    return [f"{each['name']}=={each['lowest']}" if which == "lowest" else each["name"] for each in ranges]


def python(which: str) -> str:
    """The interpreter of an environment that is made once; that of the newest versions once a day."""
    tried = subprocess.run([sys.executable, "-c", f"import {', '.join(modules())}"], capture_output=True, check=False)
    if which == "pinned" and tried.returncode == 0 and readable(sys.executable):
        return sys.executable
    words = ["-r", str(PINS / "production.txt"), *wanted(which)]
    texts = [str(date.today()) if which == "newest" else ""]
    texts += [Path(word).read_text() if word.startswith("/") else word for word in words]
    name = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir(), f"yourapplication-adapters-{os.geteuid()}-{name}")
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests may run in several processes
        if not (folder / "complete").exists():
            make(folder, words)
    assert folder.stat().st_uid == os.geteuid(), f"{folder} is somebody else's: remove it"
    return str(folder / "bin/python")


def modules() -> list[str]:
    """What the libraries are imported by."""
    return ["flask", *(re.match(r"[\w-]+", each)[0].replace("-", "_") for each in REQUIRES)]


def make(folder: Path, words: list[str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    base = sys.executable if readable(sys.executable) else "/usr/bin/python3"
    subprocess.run([base, "-m", "venv", str(folder)], check=True)
    folder.chmod(0o755)
    pip = [str(folder / "bin/python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    pinned = [word for word in words if word.startswith(("-r", "/"))]
    subprocess.run([*pip, *pinned], check=True)
    if pinned != words:  # these have no hashes
        subprocess.run([*pip, "--upgrade", *words[len(pinned) :]], check=True)
    (folder / "complete").touch()


def readable(python: str) -> bool:
    """Whether another user, such as Apache's, can run it."""
    parents = {*Path(python).parents, *Path(python).resolve().parents}
    return all(parent.stat().st_mode & 0o001 for parent in parents)
