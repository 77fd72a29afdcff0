"""To any revision and back, and new migrations from what the models say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import Refused
from ...parts import PACKAGE
from ..binds import BINDS
from ..lock import alone
from ..migrating import Tell, back_up, run, session, settings
from ..revisions import MIGRATIONS, folder, head, migrations


def change(name: str, direction: str, revision: str, tell: Tell) -> None:
    """Upgrade or downgrade one bind to `revision` (Alembic's words: head, base, +1, -1, a number), after a backup."""
    (bind,) = (each for each in BINDS if each.name == name)
    with alone():
        before = bind.revision()
        if before:
            back_up(tell)
        run(bind, direction, revision)
        tell(f"the database of bind {name} is at revision {bind.revision() or 'none'}, it was at {before or 'none'}")


def follow(release: Path, tell: Tell) -> None:
    """Take every bind back to what the release whose code lies in the folder `release` needs, each after a backup.

    Raises Refused.
    """
    package = release / PACKAGE.name
    if not (known := package / MIGRATIONS.name).is_dir():
        raise Refused(f"{release} holds no release of this application: {known} is missing")
    for bind in BINDS:
        where = folder(bind.name, package)
        if where.is_dir() and bind.revision() not in (head(where), None):
            change(bind.name, "downgrade", head(where), tell)


def revise(message: str, tell: Tell) -> None:
    """Write a migration for each bind whose models differ from its database, which must be up to date."""
    from alembic import command

    written = []
    for bind in BINDS:
        number = f"{max((int(name) for name in migrations(bind.folder) if name.isdigit()), default=0) + 1:04}"
        with session(bind) as connection:
            if bind.current(connection) != bind.head:
                raise Refused(f"the database of bind {bind.name} is not up to date: run init-db first")
            words: dict[str, Any] = {"message": message, "autogenerate": True, "rev_id": number}
            script = command.revision(settings(bind, connection), **words)
        written += [str(each.path) for each in (script if isinstance(script, list) else [script]) if each]
    for path in written:
        tell(f"written: {path}: read it before you run it")
    if not written:
        tell("nothing to do: the models are as the databases")
