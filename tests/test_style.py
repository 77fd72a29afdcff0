"""Lint, format and types of the whole project."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["ruff", "check"], id="lint"),
        pytest.param(["ruff", "format", "--check"], id="format"),
        pytest.param(["mypy"], id="types"),
    ],
)
def test_style(words):
    done = subprocess.run([sys.executable, "-m", *words], cwd=PROJECT, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
