"""The users that deployments by root have made for sites of tests: each goes when its ROOT is gone."""

from __future__ import annotations

import pwd
import subprocess
import tempfile
from pathlib import Path


def remove() -> None:
    """Remove every user whose home was a ROOT below the temporary folder."""
    for entry in pwd.getpwall():
        home = Path(entry.pw_dir)
        if Path(tempfile.gettempdir()) in home.parents and not home.exists():
            subprocess.run(["userdel", entry.pw_name], check=True)
