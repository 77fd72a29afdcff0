"""The database's schema: whether it is what this release expects (/readyz asks), and how it becomes so (init-db).

Only `upgrade` imports Alembic: what serves requests reads the revisions from the migrations' own files.
"""

from __future__ import annotations

import ast
import contextlib
import fcntl
import functools
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Column, Connection, String, Table, column, inspect, select, table
from sqlalchemy.exc import SQLAlchemyError

from .database import db, sqlite_file
from .errors import Refused

MIGRATIONS = Path(__file__).parent / "migrations"
COMMAND = "flask --app yourapplication init-db"

# Alembic keeps the newest revision only. With all of them, a release can tell a database that its successor has
# migrated (good: migrations suit the release before, so a rollback works) from one that belongs to something else.
history = Table("schema_history", db.metadata, Column("revision", String(32), primary_key=True))


@functools.cache
def known() -> frozenset[str]:
    """The revisions that this release has migrations for."""
    return frozenset(revision for revision, _ in _migrations())


@functools.cache
def head() -> str:
    """The revision that this release needs: the one that no other builds on."""
    (newest,) = known().difference(*(before for _, before in _migrations()))
    return newest


def unready() -> str:
    """Why the database cannot serve this release; empty when it can."""
    try:
        with db.engine.connect() as connection:
            found = current(connection)
            if found is None:
                return f"the database has no schema: run {COMMAND}"
            if found != head() and found in known():
                return f"the database is at revision {found} and needs {head()}: run {COMMAND}"
            if found != head() and not ahead(connection, found):
                return f"the database is at revision {found}, which this release does not know"
            return ""
    except SQLAlchemyError as error:
        return f"the database cannot be used ({_plainly(error)}): if it has not been made yet, run {COMMAND}"


def _plainly(error: SQLAlchemyError) -> str:
    """What the database itself said, without SQLAlchemy's additions."""
    return str(getattr(error, "orig", None) or error)


def current(connection: Connection) -> str | None:
    """The database's revision; None without a schema."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(select(column("version_num")).select_from(table("alembic_version"))).scalar()


def ahead(connection: Connection, found: str) -> bool:
    """Whether the database came to the revision `found` by way of ours: a newer release's, fit to serve us too."""
    return inspect(connection).has_table(history.name) and {found, head()} <= set(
        connection.execute(select(history.c.revision)).scalars()
    )


def upgrade(tell: Callable[[str], None]) -> None:
    """Bring the database to `head`, all or nothing, one process at a time; `tell` what was done."""
    file = sqlite_file(db.engine.url)
    try:
        with _alone(file), db.engine.connect() as connection:
            if file:
                _begin(connection)
            found = current(connection)
            if found == head() or (found and found not in known() and ahead(connection, found)):
                tell(f"nothing to do: the database is at revision {found}")
                return
            if found and found not in known():
                raise Refused(f"the database is at revision {found}, which this release does not know; left as it is")
            if file and inspect(connection).get_table_names():
                tell(f"backup: {_backup(file, found)}")
            _migrate(connection)
            connection.commit()
            tell(f"the database is at revision {head()}" + (f", it was at {found}" if found else ""))
    except SQLAlchemyError as error:
        raise Refused(f"the migration failed, the database is as it was: {_plainly(error)}") from error
    except OSError as error:
        raise Refused(f"the database {file} cannot be made: {error}") from error


@contextlib.contextmanager
def _alone(file: Path | None) -> Iterator[None]:
    """Let one process at a time past here, with the database file made; other databases lock by themselves."""
    if file is None:
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(f"{file}.lock", os.O_CREAT | os.O_RDWR, 0o600), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))  # it will hold the hashes of passwords
        yield


def _begin(connection: Connection) -> None:
    """A transaction that SQLite's own schema changes belong to, on a connection that is not used again.

    Changing a table means making it anew, which foreign keys would notice: they are checked at the end instead.
    """
    connection.detach()
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE"):
        connection.exec_driver_sql(statement)


def _backup(file: Path, found: str | None) -> Path:
    """A copy of the database beside it, taken by SQLite itself while others read on."""
    copy = file.with_name(f"{file.name}.{found or 'unknown'}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.backup")
    os.close(os.open(copy, os.O_CREAT | os.O_RDWR, 0o600))
    with contextlib.closing(sqlite3.connect(file)) as source, contextlib.closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def _migrate(connection: Connection) -> None:
    """Run the migrations on `connection` and note them in the history; the caller commits."""
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")
    noted = set(connection.execute(select(history.c.revision)).scalars())
    connection.execute(history.insert(), [{"revision": revision} for revision in sorted(known() - noted)])
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken:
            raise Refused(f"the database is as it was: {broken[0]} would refer to missing rows of {broken[2]}")


def _migrations() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each migration's revision and those it builds on, read without running it."""
    for path in (MIGRATIONS / "versions").glob("*.py"):
        statements = ast.parse(path.read_text(encoding="utf-8")).body
        assigned = {ast.unparse(s.targets[0]): s.value for s in statements if isinstance(s, ast.Assign)}
        names = {name: ast.literal_eval(assigned[name]) for name in ("revision", "down_revision")}
        before = names["down_revision"] or ()
        yield names["revision"], (before,) if isinstance(before, str) else tuple(before)
