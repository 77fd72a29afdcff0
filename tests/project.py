"""The project as tests deploy it: without its tests, benchmarks and documents, which each release would copy."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

PROJECT = Path(__file__).parents[1]
TOOL = ("deploy", "config", "requirements", "requirements.txt", "yourapplication.cgi", "yourapplication.wsgi")
CONTRACT = ("tests/contract/echo.py", "tests/contract/around.py", "tests/contract/children.py")
TESTS = ("tests/deploy/sites.py", *CONTRACT, "tests/release/application.py")  # are deployed beside it
ALL = (*TOOL, "yourapplication", "tests/__init__.py", *TESTS, *(f"{Path(name).parent}/__init__.py" for name in TESTS))


def commit() -> str:
    """The commit that is tried, in words; outside of a repository, nothing."""
    words = ["git", "-C", str(PROJECT), "describe", "--always", "--abbrev=12", "--dirty= with changes of its own"]
    done = subprocess.run(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return done.stdout.strip()


def copy(folder: Path, names: Iterable[str] = ALL) -> Path:
    """Copy what is named into a new folder, and return that."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "samples"))
        else:
            shutil.copy(PROJECT / name, folder / name)
    return folder
