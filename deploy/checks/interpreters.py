"""Pythons of this machine: one that a site's user can run and make environments with."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..machine.run import Local, tail

USABLE = "import sys, venv; print('is Python', sys.version.split()[0]); sys.exit(sys.version_info < (3, 11))"


def find(setting: str, host: Local) -> tuple[Path | None, str]:
    """The setting's, or where it is empty this one or the system's: the first that will do; else what was tried."""
    own = os.path.realpath(Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}"))
    reasons = []
    for candidate in [setting] if setting else dict.fromkeys([own, "/usr/bin/python3"]):
        done = host.run([candidate, "-c", USABLE], as_user=True, check=False)
        if done.returncode == 0 and done.stdout:
            return Path(candidate), ""
        reasons.append(f"{candidate} ({tail(done.stdout, 1) or 'is no Python'})")
    return None, "; ".join(reasons)
