"""Whole folders: complete ones are closed to writing, old ones are removed, however deep, and whatever is in them.

By chmod(1), find(1) and rm(1), which follow no link on their way, whoever puts one there meanwhile.
"""

from __future__ import annotations

import os
from pathlib import Path

from .run import Local

DIRECTORIES = ("-type", "d", "!", "-perm", "-u=w", "-exec", "chmod", "u+w", "{}", "+")


def close(host: Local, folder: Path) -> None:
    """Take everybody's right to write what is in it; its owner can give it back, root needs none."""
    host.run(["chmod", "-R", "a-w", folder])


def remove(host: Local, *paths: Path) -> None:
    """Remove what is there of them; raises Failed when something stays."""
    found = [path for path in paths if os.path.lexists(path)]
    if found and os.geteuid() != 0:
        host.run(["find", *found, *DIRECTORIES], check=False)
    if found:
        host.run(["rm", "-rf", "--", *found])
