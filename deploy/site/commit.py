"""What git says of a project: the commit that is checked out, and what is in none.

Git is not asked about a work tree of somebody else: its configuration could make it run anything.
"""

from __future__ import annotations

from pathlib import Path

from ..machine.run import Local

SHOWN = 5  # files that a line names


def named(host: Local, project: Path) -> str:
    """The commit that is checked out, with a + when the work tree differs from it; empty without git."""
    head = host.run([*_git(project), "rev-parse", "--short=12", "--verify", "HEAD"], check=False)
    return "" if head.returncode else head.stdout.strip() + "+" * bool(_changes(host, project))


def uncommitted(host: Local, project: Path) -> list[str]:
    """A line that names what is deployed and in no commit; none where all is, or without git."""
    changes = _changes(host, project)
    named = ", ".join(changes[:SHOWN]) + (f" and {len(changes) - SHOWN} more" if len(changes) > SHOWN else "")
    return [f"not committed, and deployed as it is: {named}"] if changes else []


def _changes(host: Local, project: Path) -> list[str]:
    """The files that differ from the commit or are new, as `git status` names them; none without git."""
    done = host.run([*_git(project), "status", "--porcelain", "--", "."], check=False)
    return [] if done.returncode else [line[3:] for line in done.stdout.splitlines()]


def _git(project: Path) -> list[str | Path]:
    return ["git", "--no-optional-locks", "-C", project]
