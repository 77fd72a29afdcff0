"""migrate: the application is imported, and the commands that the settings name run, once, before any new process
starts; no undo. What they do must be compatible with the release before: it goes on serving meanwhile, and after a
failure."""

from __future__ import annotations

from .. import ordered, orphans
from ..context import Context
from ..described import Described, describe
from ..hosts import tail

# Commands by which applications commonly make or change their tables. None is run because of its name.
USUAL = ("init-db", "init_db", "initdb", "create-db", "create_db", "create-tables", "db upgrade", "migrate")
TOOLS = {"manage.py": "python manage.py migrate", "alembic.ini": "alembic upgrade head"}  # file -> its command


def do(ctx: Context) -> str:
    """Raises Refused when the application cannot be imported, Failed when a command fails or does not end in time."""
    release = ctx.release
    found = describe(ctx.host, release, ctx.project)
    ctx.notes += _notes(ctx, found)
    said = [ordered.run(ctx, release, command, kept=found.kept) for command in release.settings.release]
    orphans.end(ctx.release.id)
    return "; ".join(line for each in said for line in tail(each, 2).splitlines())


def _notes(ctx: Context, found: Described) -> list[str]:
    """What whoever deploys has to know, a line each; programs that the application has started are ended."""
    notes = [f"the application starts {name} when it is imported: it runs once for each process that imports it"
             for name in orphans.end(ctx.release.id)]  # fmt: skip
    if found.kept:
        notes.append(f"{found.kept}, a thread that the application starts when it is imported, keeps its processes and "
                     "commands from ending: a daemon does not (threading.Thread(..., daemon=True))")  # fmt: skip
    if not ctx.release.settings.release:
        usual = [f"flask {name}" for name in found.commands or () if name in USUAL]
        usual += [command for file, command in TOOLS.items() if (ctx.release.folder / file).exists()]
        if usual:
            file = f"config/{ctx.release.environment}.json"
            notes.append(f"the project has a command '{usual[0]}', which was not run: RELEASE='{usual[0]}' runs it in "
                         f"one deployment, the setting release in {file} in each")  # fmt: skip
    return notes
