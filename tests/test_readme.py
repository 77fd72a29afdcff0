"""What the README tells a newcomer to type, typed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
COPIED = ("yourapplication", "config", "requirements", "Makefile", "requirements.txt", "pyproject.toml")
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}  # of no make around us
ASK = """
from yourapplication import app
from yourapplication.database import db
from yourapplication.notes import Note

client = app.test_client()
print(client.get("/notes").status_code)
with app.app_context():
    db.session.add(Note(text="a note"))
    db.session.commit()
print(client.get("/notes", buffered=True).json)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the project with an environment that is made already."""
    for name in COPIED:
        copy = shutil.copytree if (PROJECT / name).is_dir() else shutil.copy2
        copy(PROJECT / name, tmp_path / name)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    (tmp_path / ".venv" / "complete").touch()
    return tmp_path


def test_a_migration_says_what_it_does(checkout):
    words = ["make", "migration"]
    done = subprocess.run(words, cwd=checkout, env=ENVIRONMENT, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith('say what it does: make migration MESSAGE="where it was"\n')
    assert not (checkout / "instance").exists()


def test_start_your_own(checkout):
    text = (PROJECT / "README.md").read_text(encoding="utf-8").partition("## Start your own")[2]
    block = re.search("```sh\n(.*?)```", text, re.DOTALL)[1]
    typed = [line for line in block.splitlines() if line != "END"]
    assert len(typed) < 10

    def run(*words, **options):
        done = subprocess.run(
            words, cwd=checkout, env=ENVIRONMENT, text=True, capture_output=True, check=False, **options
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "0004_notes.py: read it before you run it" in run("sh", "-e", "-c", block)
    flask = (sys.executable, "-m", "flask", "--app", "yourapplication")
    assert "default 0004 (was 0003)" in run(*flask, "init-db")
    assert run(sys.executable, "-c", ASK).splitlines() == ["200", "['a note']"]
    assert "nothing to do: the models are as the databases" in run(*flask, "db", "migrate", "-m", "again")
    run(*flask, "db", "downgrade", "--bind", "default")
    assert "default\t0003\tneeds 0004" in run(*flask, "db", "current")
