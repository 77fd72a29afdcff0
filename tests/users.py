"""The users that deployments by root have made for sites of tests: each goes when its ROOT is gone."""

from __future__ import annotations

import pwd
import subprocess
import tempfile
import time
from pathlib import Path

PATIENCE = 20  # seconds that a process of such a user may take to end


def remove() -> None:
    """Remove every user whose home was a ROOT below the temporary folder; another session may be at it too."""
    deadline = time.monotonic() + PATIENCE
    while found := _left():
        for name in found:
            done = subprocess.run(
                ["userdel", name], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            assert done.returncode == 0 or name not in _left() or time.monotonic() < deadline, done.stdout
        time.sleep(0.2)


def _left() -> list[str]:
    temporary = Path(tempfile.gettempdir())
    return [entry.pw_name for entry in pwd.getpwall()
            if temporary in Path(entry.pw_dir).parents and not Path(entry.pw_dir).exists()]  # fmt: skip
