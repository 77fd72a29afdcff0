"""migrate: the database's schema, once, under the lock, before any new worker starts. It has no undo."""

from __future__ import annotations

from pathlib import Path

from ..context import Context
from ..hosts import tail

COMMAND = "init-db"


def do(ctx: Context) -> str:
    """Run the application's own command; applications without one have no schema that we know of.

    Migrations must be compatible with the release before: it goes on serving during and, if a later step fails, after.
    The command makes a backup when there is data, and names it.
    """
    if COMMAND not in ctx.commands:
        return f"the application has no command {COMMAND}"
    release = ctx.release
    argv: list[str | Path] = [release.python, "-m", "flask", "--app", release.settings.application, COMMAND]
    said = tail(ctx.host.run(argv, cwd=release.folder, as_user=True).stdout, 2)
    return "; ".join(said.splitlines())
