"""The command to advise: make's where the project is, the site's own tool on a host that it was shipped to."""

from __future__ import annotations

import os

from ..site.release import Root


def command(root: Root, name: str, *words: str) -> str:
    """How `name` is run for this site; `words` are for the command itself, such as flask's."""
    tool = root.path / "deploy"
    if os.access(tool, os.X_OK):
        return " ".join([str(tool), name, *(["--", *words] if words else [])])
    return " ".join(["make", name, *([f"CMD='{' '.join(words)}'"] if words else []), f"ROOT={root.path}"])
