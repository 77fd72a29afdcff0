"""The database: one SQLAlchemy for all blueprints; how SQLite is opened when threads and processes share its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import URL, MetaData, event
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase

from .errors import Refused

BUSY_TIMEOUT = 15  # seconds to wait for another process's write


class Base(DeclarativeBase):
    """The models' base; constraints have names, so that a migration can change them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)


def init_app(app: Flask) -> None:
    """Connect `app` to its database, which need not exist yet."""
    try:
        db.init_app(app)
    except ArgumentError as error:  # the value itself may hold a password
        raise Refused("SQLALCHEMY_DATABASE_URI is no database URL: sqlite:////absolute/path, for example") from error
    with app.app_context():
        if sqlite_file(db.engine.url):
            event.listen(db.engine, "do_connect", open_existing)
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", prepare)


def sqlite_file(url: URL) -> Path | None:
    """The file of an SQLite database; None for one in memory, one named by its own URI, and other databases."""
    named = url.database not in (None, "", ":memory:") and "uri" not in url.query
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" and named else None


def open_existing(dialect: Any, record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
    """Open SQLite's file only if it is there: a request must not leave an empty database behind."""
    arguments[0] = Path(arguments[0]).absolute().as_uri() + "?mode=rw"
    options["uri"] = True
    options.setdefault("timeout", BUSY_TIMEOUT)


def prepare(connection: Any, record: Any) -> None:
    """What SQLite forgets between connections; synchronous=NORMAL is safe with the write-ahead log."""
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=NORMAL")
