"""Each bind: a database with migrations of its own, and how its revision is asked for; two may share one database."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, MetaData, Table, inspect
from sqlalchemy.exc import SQLAlchemyError

from .. import hooks, parts
from .database import db
from .revisions import folder, head, migrations


class Bind(NamedTuple):
    """A database; the names of tables differ between binds."""

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
        return folder(self.name)

    @property
    def head(self) -> str:
        """The revision that this release needs."""
        return head(self.folder)

    def knows(self, revision: str | None) -> bool:
        """Whether it is one of this release's."""
        return revision in migrations(self.folder)

    def connect(self) -> Connection:
        """A connection for a request; raises SQLAlchemyError, at once where the server is known to be silent."""
        for begin in hooks.of().patience:
            begin(self.engine)
        return self.engine.connect()

    def revision(self) -> str | None:
        """The database's, asked on a connection of its own; None without a schema."""
        with self.engine.connect() as connection:
            return self.current(connection)

    def current(self, connection: Connection) -> str | None:
        """The database's revision; None without a schema."""
        return self.version(connection) if inspect(connection).has_table(self.version_table) else None

    def version(self, connection: Connection) -> str | None:
        """The same where there is a schema; raises SQLAlchemyError where there is none."""
        return connection.execute(
            sa.select(sa.column("version_num")).select_from(sa.table(self.version_table))
        ).scalar()

    def ahead(self, connection: Connection, found: str) -> bool:
        """Whether the database came to the revision `found` by way of ours, and can serve us still."""
        columns = {each["name"] for each in inspect(connection).get_columns(self.history.name)}
        if not {each.name for each in self.history.columns} <= columns:
            return False
        applied = {each.revision: each.expands for each in connection.execute(sa.select(self.history))}
        since = [revision for revision in applied if not self.knows(revision)]
        return {found, self.head} <= applied.keys() and all(applied[revision] for revision in since)


def _bind(name: str, key: str | None, prefix: str) -> Bind:
    columns = (sa.Column("revision", sa.String(32), primary_key=True),
               sa.Column("expands", sa.Boolean, nullable=False, server_default=sa.false()))  # fmt: skip
    history = db.Table(f"{prefix}schema_history", *columns, bind_key=key)
    return Bind(name, key, f"{prefix}alembic_version", history)


BINDS = (_bind("default", None, ""), *(_bind(name, name, f"{name}_") for name in parts.BINDS))


def plainly(error: SQLAlchemyError) -> str:
    """What the database itself said, in one line, without SQLAlchemy's additions."""
    return " ".join(str(getattr(error, "orig", None) or error).split())
