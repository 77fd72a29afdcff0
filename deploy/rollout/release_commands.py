"""The commands that the settings `release` and `release_undo` name, run in a release as the user who serves it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from ..errors import Failed
from ..machine.run import tail
from ..site.release import Release
from .context import Context

BACKUP = re.compile(r"^backup: (\S+)$", re.MULTILINE)


def run(ctx: Context, release: Release, command: str, kept: str = "") -> str:
    """What a command prints; the backup that it names is remembered. Raises Failed.

    `kept`: the threads that the application starts when it is imported, to be named when the command does not end.
    """
    settings = release.settings
    try:
        done = ctx.host.run(argv(release, *shlex.split(command)), cwd=release.folder, as_user=True, check=False,
                            timeout=settings.release_timeout)  # fmt: skip
    except Failed as late:
        thread = f"\nit may be kept from ending by {kept}, which the application starts when imported" if kept else ""
        raise Failed(f"{command}: {late}: RELEASE_TIMEOUT gives it longer{thread}") from late
    named = BACKUP.search(done.stdout)
    ctx.backup = named[1] if named else ctx.backup
    if done.returncode:
        raise Failed(f"{command} exited {done.returncode}:\n{tail(done.stdout)}")
    return done.stdout


def argv(release: Release, *words: str) -> list[str | Path]:
    """A command as it is run in a release: `flask` with its application, other programs from its environment first."""
    return [release.python, "-m", "deploy.adapters", "run", *words]
