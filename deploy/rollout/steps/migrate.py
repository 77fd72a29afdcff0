"""migrate: the application is imported, and the commands that the settings name run, once, before any new process
starts; no undo. What they do must be compatible with the release before: it goes on serving meanwhile, and after a
failure."""

from __future__ import annotations

import re

from ...errors import Refused
from ...machine import orphans
from ...machine.run import tail
from ...site.application import Described, describe
from .. import release_commands
from ..context import Context

# Commands by which applications commonly make or change their tables. None is run because of its name.
USUAL = ("init-db", "init_db", "initdb", "create-db", "create_db", "create-tables", "db upgrade", "migrate")
MODULE = re.compile(r"(?:No module named '|there is no module )([\w.]+)")
TOOLS = {"manage.py": "python manage.py migrate", "alembic.ini": "alembic upgrade head"}  # file -> its command


def do(ctx: Context) -> str:
    """Raises Refused when the application cannot be imported, Failed when a command fails or does not end in time."""
    release = ctx.release
    try:
        found = describe(ctx.host, release, ctx.project)
    except Refused as error:
        error.args = ("\n".join([str(error), *_absent(ctx, str(error))]),)
        raise
    ctx.notes += _notes(ctx, found)
    said = [release_commands.run(ctx, release, command, kept=found.kept) for command in release.settings.release]
    orphans.end(ctx.release.id)
    return "; ".join(line for each in said for line in tail(each, 2).splitlines())


def _absent(ctx: Context, said: str) -> list[str]:
    """What of the project an error names that was left out of the release."""
    modules = [name.replace(".", "/") for name in MODULE.findall(said)]
    files = re.findall(rf"{re.escape(str(ctx.project))}/([^\s'\"]+)", said)
    names = [f"{name}{end}/" for name in (*modules, *files) for end in ("", ".py")]
    return [f"{part} was left out of the release, as {why}" for part, why in ctx.left_out.items()
            if any(name.startswith(f"{part.rstrip('/')}/") for name in names)]  # fmt: skip


def _notes(ctx: Context, found: Described) -> list[str]:
    """Notes for the user who deploys, a line each. Programs that the application has started are ended."""
    notes = [f"the application starts {name} when it is imported: it runs once for each process that imports it"
             for name in orphans.end(ctx.release.id)]  # fmt: skip
    if found.kept:
        notes.append(f"{found.kept}, a thread that the application starts when it is imported, keeps its processes and "
                     "commands from ending: a daemon thread does not (threading.Thread(..., daemon=True))")  # fmt: skip
    if not ctx.release.settings.release:
        usual = [f"flask {name}" for name in found.commands or () if name in USUAL]
        usual += [command for file, command in TOOLS.items() if (ctx.release.folder / file).exists()]
        if usual:
            file = f"config/{ctx.release.environment}.json"
            notes.append(f"the project has a command '{usual[0]}', which was not run: RELEASE='{usual[0]}' runs it in "
                         f"one deployment, the setting release in {file} in each")  # fmt: skip
    return notes
