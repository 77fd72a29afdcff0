"""How the databases come to this release's revision: one process at a time, each bind all or nothing.

Commands import this, and only they import Alembic.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import SQLAlchemyError

from .. import hooks
from ..errors import Refused
from .binds import BINDS, Bind, plainly
from .lock import alone
from .revisions import MIGRATIONS, migrations

Tell = Callable[[str], None]


def upgrade(tell: Tell) -> None:
    """Bring every bind to this release's revision, after a backup when there is data; `tell` what was done.

    Raises Refused; a bind whose migration failed is as it was.
    """
    with alone():
        found = {bind: bind.revision() for bind in BINDS}
        pending = [bind for bind, revision in found.items() if _pending(bind, revision)]
        if pending and any(found.values()):
            back_up(tell)
        for bind in pending:
            run(bind, "upgrade", "head")
        done = ", ".join(_step(bind, revision, bind in pending) for bind, revision in found.items())
        tell(f"{'' if pending else 'nothing to do: '}the databases are at revision: {done}")


def back_up(tell: Tell) -> None:
    """Let the part that makes backups make one, and `tell` where it is."""
    for make in hooks.of().backups:
        tell(f"backup: {make()}")


def _pending(bind: Bind, found: str | None) -> bool:
    if found is None or bind.knows(found):
        return found != bind.head
    with bind.engine.connect() as connection:
        if bind.ahead(connection, found):
            return False
    raise Refused(f"the database of bind {bind.name} is at revision {found}, which this release does not know: "
                  f"it is left as it is; this release needs {bind.head}")  # fmt: skip


def _step(bind: Bind, before: str | None, migrated: bool) -> str:
    now, was = (bind.head, f" (was {before})" if before else "") if migrated else (before, "")
    return f"{bind.name} {now}{was}"


def run(bind: Bind, direction: str, revision: str) -> None:
    """Alembic's upgrade or downgrade in one transaction, noted in the history. Raises Refused."""
    from alembic import command
    from alembic.util import CommandError

    try:
        with session(bind) as connection:
            getattr(command, direction)(settings(bind, connection), revision)
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
def session(bind: Bind) -> Iterator[Connection]:
    """A connection within a transaction that schema changes belong to; without a commit nothing is changed.

    SQLite changes a table by making it anew, which foreign keys would notice: they are checked at the end instead.
    """
    with bind.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.detach()  # it is not used again
            for statement in ("PRAGMA journal_mode=WAL", "PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE"):
                connection.exec_driver_sql(statement)
        else:
            connection.begin()
        yield connection


def settings(bind: Bind, connection: Connection) -> Any:
    """Alembic's."""
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
    known = migrations(bind.folder)
    now, applied = bind.current(connection), set()
    todo = [now] if now else []
    while todo:
        revision = todo.pop()
        applied.add(revision)
        todo += known[revision].before
    connection.execute(bind.history.delete().where(bind.history.c.revision.in_(known)))
    rows = [{"revision": revision, "expands": known[revision].expands} for revision in sorted(applied)]
    if rows and "expands" in {each["name"] for each in inspect(connection).get_columns(bind.history.name)}:
        connection.execute(bind.history.insert(), rows)
