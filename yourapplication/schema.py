"""The databases' schema: whether each bind is what this release expects. What serves requests never imports Alembic.

A release can serve a database that its successor has migrated on, if those migrations say that they only add
(`expands = True`): so the release before goes on serving while the next one migrates, and a rollback works.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from flask import Flask, current_app, request
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    column,
    false,
    inspect,
    select,
    table,
)
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ServiceUnavailable

from . import patience
from .database import AUDIT, db
from .revisions import MIGRATIONS, head, migrations

COMMAND = "flask --app yourapplication init-db"
RETRY = 10  # seconds until a client may ask again


class Bind(NamedTuple):
    """A database with migrations of its own; two binds may share one, as their tables' names differ."""

    name: str
    key: str | None  # Flask-SQLAlchemy's
    version_table: str  # Alembic's: the newest revision
    history: Table  # all of them: Alembic cannot tell a successor's database from a stranger's

    @property
    def engine(self) -> Engine:
        """Of the current application."""
        return db.engines[self.key]

    @property
    def metadata(self) -> MetaData:
        """The tables that models declare."""
        return db.metadatas[self.key]

    @property
    def folder(self) -> Path:
        """The migrations' files."""
        return MIGRATIONS / self.name

    def connect(self) -> Connection:
        """A connection for a request; raises SQLAlchemyError, at once where the server is known to be silent."""
        patience.begin(self.engine)
        return self.engine.connect()

    def revision(self) -> str | None:
        """The database's, asked on a connection of its own; None without a schema."""
        with self.engine.connect() as connection:
            return current(connection, self)


def _bind(name: str, key: str | None, prefix: str) -> Bind:
    columns = (Column("revision", String(32), primary_key=True),
               Column("expands", Boolean, nullable=False, server_default=false()))  # fmt: skip
    history = db.Table(f"{prefix}schema_history", *columns, bind_key=key)
    return Bind(name, key, f"{prefix}alembic_version", history)


BINDS = (_bind("default", None, ""), _bind(AUDIT, AUDIT, "audit_"))


def init_app(app: Flask) -> None:
    """Serve nothing from a wrong schema."""
    app.before_request(guard)


def guard() -> None:
    """Refuse a request while a database is not what this release expects; health and static files need none."""
    if request.blueprint != "health" and request.endpoint != "static" and not all(map(_right, BINDS)):
        reason = unready()
        if reason:
            current_app.logger.error("Nothing can be served: %s", reason)
            raise ServiceUnavailable(_told(reason), retry_after=RETRY)


def _told(reason: str) -> str:
    """What a page says: to visitors nothing of what only whoever runs the site can mend; that reads it in the log."""
    if current_app.config["ENVIRONMENT"] == "production":
        return "This site cannot answer just now. Please try again in a moment."
    return f"{reason[0].upper()}{reason[1:]}."


def unready(details: bool = False) -> str:
    """Why the databases cannot serve this release, bind by bind; empty when they can.

    What a database itself says of an outage, with its address perhaps, is for administrators: else it is logged.
    """
    return "; ".join(reason for bind in BINDS if (reason := _reason(bind, details)))


def _right(bind: Bind) -> bool:
    """Whether the bind is at this release's revision, in one query."""
    try:
        with bind.connect() as connection:
            return _version(connection, bind) == head(bind.name)
    except SQLAlchemyError:
        return False  # unready() finds out why


def _reason(bind: Bind, details: bool) -> str:
    where = f"the database of bind {bind.name}"
    try:
        with bind.connect() as connection:
            found, needed = current(connection, bind), head(bind.name)
            if found is None:
                return f"{where} has no schema: run {COMMAND}"
            if found == needed:
                missing = sorted(bind.metadata.tables.keys() - set(inspect(connection).get_table_names()))
                return f"{where} lacks {', '.join(missing)}: restore a backup" if missing else ""
            if found in migrations(bind.name):
                return f"{where} is at revision {found} and needs {needed}: run {COMMAND}"
            return "" if ahead(connection, bind, found) else (
                f"{where} is at revision {found}, which this release does not know: it needs {needed}")  # fmt: skip
    except SQLAlchemyError as error:
        if not details:
            current_app.logger.error("%s cannot be used: %s", where, plainly(error))
        why = plainly(error) if details else "the log says why"
        return f"{where} cannot be used ({why}): if it has not been made yet, run {COMMAND}"


def plainly(error: SQLAlchemyError) -> str:
    """What the database itself said, in one line, without SQLAlchemy's additions."""
    return " ".join(str(getattr(error, "orig", None) or error).split())


def current(connection: Connection, bind: Bind) -> str | None:
    """The bind's revision; None without a schema."""
    return _version(connection, bind) if inspect(connection).has_table(bind.version_table) else None


def _version(connection: Connection, bind: Bind) -> str | None:
    return connection.execute(select(column("version_num")).select_from(table(bind.version_table))).scalar()


def ahead(connection: Connection, bind: Bind, found: str) -> bool:
    """Whether the database came to the revision `found` by way of ours, and can serve us still."""
    columns = {each["name"] for each in inspect(connection).get_columns(bind.history.name)}
    if not {each.name for each in bind.history.columns} <= columns:
        return False
    applied = {each.revision: each.expands for each in connection.execute(select(bind.history))}
    since = applied.keys() - migrations(bind.name).keys()
    return {found, head(bind.name)} <= applied.keys() and all(applied[revision] for revision in since)
