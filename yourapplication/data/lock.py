"""One command at a time changes the databases' schema or fills them; requests go on."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from ..errors import Refused
from .binds import BINDS, plainly
from .database import db, sqlite_file

LOCK = 0x666C61736B72  # of PostgreSQL's advisory locks: any number that nobody else uses


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let one process at a time past here, for all binds; SQLite's file is made first. Raises Refused."""
    try:
        for bind in BINDS:
            if file := sqlite_file(bind.engine.url):
                _make(file)
        with _lock():
            yield
    except SQLAlchemyError as error:
        raise Refused(f"the databases cannot be used: {plainly(error)}") from error
    except OSError as error:
        raise Refused(f"the databases cannot be made: {error}") from error


@contextlib.contextmanager
def _lock() -> Iterator[None]:
    """Held in the default bind; a transaction's lock, as a session's would not hold through PgBouncer."""
    if file := sqlite_file(db.engine.url):
        with open(os.open(f"{file}.lock", os.O_CREAT | os.O_RDWR, 0o600), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    elif db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")  # others may migrate for long
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
            yield
    else:
        yield  # in memory: nobody else's


def _make(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))  # it will hold the hashes of passwords
