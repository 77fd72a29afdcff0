"""How the databases come to a revision: init-db and `flask db`, one process at a time, each bind all or nothing.

Commands import this, and only they import Alembic.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import SQLAlchemyError

from . import backup
from .errors import Refused
from .lock import alone
from .revisions import MIGRATIONS, head, migrations
from .schema import BINDS, Bind, ahead, current, plainly

Tell = Callable[[str], None]


def upgrade(tell: Tell) -> None:
    """Bring every bind to this release's revision, after a backup when there is data; `tell` what was done.

    Raises Refused; a bind whose migration failed is as it was.
    """
    with alone():
        found = {bind: bind.revision() for bind in BINDS}
        pending = [bind for bind, revision in found.items() if _pending(bind, revision)]
        if pending and any(found.values()):
            tell(f"backup: {backup.automatic()}")
        for bind in pending:
            _run(bind, "upgrade", "head")
        done = ", ".join(_step(bind, revision, bind in pending) for bind, revision in found.items())
        tell(f"{'' if pending else 'nothing to do: '}the databases are at revision: {done}")


def change(name: str, direction: str, revision: str, tell: Tell) -> None:
    """Upgrade or downgrade one bind to `revision` (Alembic's words: head, base, +1, -1, a number), after a backup."""
    (bind,) = (each for each in BINDS if each.name == name)
    with alone():
        before = bind.revision()
        if before:
            tell(f"backup: {backup.automatic()}")
        _run(bind, direction, revision)
        tell(f"the database of bind {name} is at revision {bind.revision() or 'none'}, it was at {before or 'none'}")


def follow(folder: Path, tell: Tell) -> None:
    """Take every bind back to what the release whose code lies in `folder` needs, each after a backup.

    Raises Refused.
    """
    known = folder / MIGRATIONS.relative_to(MIGRATIONS.parents[1])
    if not known.is_dir():
        raise Refused(f"{folder} holds no release of this application: {known} is missing")
    for bind in BINDS:
        if bind.revision() not in (head(bind.name, known), None):
            change(bind.name, "downgrade", head(bind.name, known), tell)


def revise(message: str, tell: Tell) -> None:
    """Write a migration for each bind whose models differ from its database, which must be up to date."""
    from alembic import command

    written = []
    for bind in BINDS:
        number = f"{max((int(name) for name in migrations(bind.name) if name.isdigit()), default=0) + 1:04}"
        with _session(bind) as connection:
            if current(connection, bind) != head(bind.name):
                raise Refused(f"the database of bind {bind.name} is not up to date: run init-db first")
            words: dict[str, Any] = {"message": message, "autogenerate": True, "rev_id": number}
            script = command.revision(_config(bind, connection), **words)
        written += [str(each.path) for each in (script if isinstance(script, list) else [script]) if each]
    for path in written:
        tell(f"written: {path}: read it before you run it")
    if not written:
        tell("nothing to do: the models are as the databases")


def _pending(bind: Bind, found: str | None) -> bool:
    if found is None or found in migrations(bind.name):
        return found != head(bind.name)
    with bind.engine.connect() as connection:
        if ahead(connection, bind, found):
            return False
    raise Refused(f"the database of bind {bind.name} is at revision {found}, which this release does not know: "
                  f"it is left as it is; this release needs {head(bind.name)}")  # fmt: skip


def _step(bind: Bind, before: str | None, migrated: bool) -> str:
    now, was = (head(bind.name), f" (was {before})" if before else "") if migrated else (before, "")
    return f"{bind.name} {now}{was}"


def _run(bind: Bind, direction: str, revision: str) -> None:
    """Alembic's upgrade or downgrade in one transaction, noted in the history."""
    from alembic import command
    from alembic.util import CommandError

    try:
        with _session(bind) as connection:
            getattr(command, direction)(_config(bind, connection), revision)
            _note(connection, bind)
            if connection.dialect.name == "sqlite":
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                if broken:
                    raise Refused(f"the database of bind {bind.name} is as it was: {broken[0]} would refer to missing "
                                  f"rows of {broken[2]}")  # fmt: skip
            connection.commit()
    except CommandError as error:
        raise Refused(f"the database of bind {bind.name} is as it was: {error}") from error
    except SQLAlchemyError as error:
        reason = plainly(error)
        raise Refused(f"the migration of bind {bind.name} failed, its database is as it was: {reason}") from error


@contextlib.contextmanager
def _session(bind: Bind) -> Iterator[Connection]:
    """A connection within a transaction that schema changes belong to; whoever does not commit, changes nothing.

    SQLite: changing a table means making it anew, which foreign keys would notice: they are checked at the end instead.
    """
    with bind.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.detach()  # it is not used again
            for statement in ("PRAGMA journal_mode=WAL", "PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE"):
                connection.exec_driver_sql(statement)
        else:
            connection.begin()
        yield connection


def _config(bind: Bind, connection: Connection) -> Any:
    from alembic.config import Config

    config = Config(attributes={"connection": connection, "bind": bind})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(bind.folder).replace("%", "%%"))
    return config


def _note(connection: Connection, bind: Bind) -> None:
    """Make the history say which of our migrations the database has now."""
    if not inspect(connection).has_table(bind.history.name):
        return
    known = migrations(bind.name)
    now, applied = current(connection, bind), set()
    todo = [now] if now else []
    while todo:
        revision = todo.pop()
        applied.add(revision)
        todo += known[revision].before
    connection.execute(bind.history.delete().where(bind.history.c.revision.in_(known)))
    rows = [{"revision": revision, "expands": known[revision].expands} for revision in sorted(applied)]
    if rows and "expands" in {each["name"] for each in inspect(connection).get_columns(bind.history.name)}:
        connection.execute(bind.history.insert(), rows)
