"""The databases: one SQLAlchemy for all; the default bind and those of parts, alike on SQLite and PostgreSQL."""

from __future__ import annotations

import weakref
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import URL, MetaData, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase

from ..errors import Refused
from ..parts import BINDS

BUSY_TIMEOUT = 15  # seconds that SQLite waits for another process's write
DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgresql+psycopg": "postgresql+psycopg"}


class Base(DeclarativeBase):
    """The models' base; constraints have names, so that a migration can change them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# Parameters hold what people wrote: they stay out of logs.
db = SQLAlchemy(model_class=Base, engine_options={"hide_parameters": True, "pool_pre_ping": True})

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


def now() -> datetime:
    """The time in UTC, without its zone, as every database keeps it."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def init_app(app: Flask) -> None:
    """Connect `app` to its databases, which need not exist yet."""
    default = _url("SQLALCHEMY_DATABASE_URI", app.config["SQLALCHEMY_DATABASE_URI"])
    binds = {**{name: beside(default, name) for name in BINDS}, **(app.config.get("SQLALCHEMY_BINDS") or {})}
    app.config["SQLALCHEMY_BINDS"] = binds
    for name, value in binds.items():
        if name not in BINDS:
            raise Refused(
                f"SQLALCHEMY_BINDS names {name}: beside the default bind there is {', '.join(BINDS) or 'none'}"
            )
        binds[name] = _url(f"SQLALCHEMY_BINDS[{name}]", value)
    app.config["SQLALCHEMY_DATABASE_URI"] = default
    db.init_app(app)
    with app.app_context():
        for engine in db.engines.values():
            weakref.finalize(app, engine.dispose)  # at the end of the process, take leave of the servers
            if engine.dialect.name == "sqlite":
                event.listen(engine, "connect", prepare)
            if sqlite_file(engine.url):
                event.listen(engine, "do_connect", open_existing)


def beside(default: URL, name: str) -> URL:
    """Where a part's bind is when nobody says: a file beside SQLite's, else the same database."""
    file = sqlite_file(default)
    return default.set(database=str(file.with_stem(f"{file.stem}-{name}"))) if file else default


def _url(name: str, value: Any) -> URL:
    try:
        url = make_url(value)
    except ArgumentError as error:  # the value itself may hold a password
        raise Refused(f"{name} is not a database URL: sqlite:////absolute/path, for example") from error
    if url.drivername not in DRIVERS:
        raise Refused(f"{name} names {url.drivername}: it may be sqlite or postgresql")
    return url.set(drivername=DRIVERS[url.drivername])


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
