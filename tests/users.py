"""The users that deployments by root have made for sites of tests: each goes when its ROOT is gone."""

from __future__ import annotations

import pwd
import subprocess
import tempfile
import time
from pathlib import Path

PATIENCE = 20  # seconds that a process of such a user may take to end


def remove(before: set[str]) -> list[str]:
    """Remove every user whose home was a ROOT below the temporary folder; another session may be at it too.

    One that was left `before` this session began may stay, if a process of its runs; what is said of ours is returned.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        said = {name: _userdel(name) for name in left()}
        ours = left() - before
        if not ours or time.monotonic() > deadline:
            return [said.get(name, name) for name in ours]
        time.sleep(0.2)


def left() -> set[str]:
    """The users whose home was a ROOT below the temporary folder and has gone."""
    temporary = Path(tempfile.gettempdir())
    return {entry.pw_name for entry in pwd.getpwall()
            if temporary in Path(entry.pw_dir).parents and not Path(entry.pw_dir).exists()}  # fmt: skip


def _userdel(name: str) -> str:
    done = subprocess.run(["userdel", name], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout
