"""What to do next, and the command for it: make's where the project is, the site's own tool on a host."""

from __future__ import annotations

import os

from ..site.release import Root

LOOPBACK = ("127.0.0.1", "::1")


def command(root: Root, name: str, *words: str) -> str:
    """How `name` is run for this site; `words` are for the command itself, such as flask's."""
    tool = root.path / "deploy"
    if os.access(tool, os.X_OK):
        return " ".join([str(tool), name, *(["--", *words] if words else [])])
    return " ".join(["make", name, *([f"CMD='{' '.join(words)}'"] if words else []), f"ROOT={root.path}"])


def first_steps(root: Root, address: str) -> list[str]:
    """Two lines after the first deployment of a site on this machine: what people ask next."""
    others = "; ADDRESS=0.0.0.0 lets other machines in, SERVER_NAME=www.example names the site"
    return [
        f"next: {command(root, 'status')} says how it does; so do logs and doctor; rollback, stop and start are alike",
        f"next: after a reboot, {command(root, 'start')}{others if address in LOOPBACK else ''}; more: docs/operate.md",
    ]
