"""What the tests of the front ends share."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters import libraries

from . import live


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can reach."""
    with live.folder() as root:
        yield root


@pytest.fixture(scope="session")
def mod_wsgi() -> str:
    """The path of mod_wsgi's module for Apache."""
    express = Path(libraries.python("pinned")).parent / "mod_wsgi-express"
    return subprocess.check_output([str(express), "module-location"], text=True).strip()
