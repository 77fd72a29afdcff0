"""migrate: the database's schema, once, under the lock, before any new worker starts. It has no undo."""

from __future__ import annotations

import re
from pathlib import Path

from ..context import Context
from ..errors import Failed
from ..hosts import tail
from ..release import Release

COMMAND = "init-db"


def do(ctx: Context) -> str:
    """Run the application's own command; applications without one have no schema that we know of.

    Migrations must be compatible with the release before: it goes on serving during and, if a later step fails, after.
    The command makes a backup when there is data, and names it.
    """
    if COMMAND not in ctx.commands:
        return f"the application has no command {COMMAND}"
    return "; ".join(tail(flask(ctx, ctx.release, COMMAND), 2).splitlines())


def flask(ctx: Context, release: Release, *words: str) -> str:
    """What a Flask command of a release prints; the backup that it names is remembered. Raises Failed."""
    argv: list[str | Path] = [release.python, "-m", "flask", "--app", release.settings.application, *words]
    done = ctx.host.run(argv, cwd=release.folder, as_user=True, check=False)
    named = re.search(r"^backup: (\S+)$", done.stdout, re.MULTILINE)
    ctx.backup = named[1] if named else ctx.backup
    if done.returncode:
        raise Failed(f"flask {' '.join(words)} exited {done.returncode}:\n{tail(done.stdout)}")
    return done.stdout
