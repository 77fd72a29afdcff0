"""How one database becomes a file and comes from it again: by SQLite's online backup, or pg_dump and pg_restore."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import URL

from ...errors import Refused


class Engine(NamedTuple):
    """How one kind of database is copied into a file and made from one."""

    suffix: str
    save: Callable[[URL, Path], None]
    load: Callable[[Path, URL], None]


def _save_sqlite(url: URL, target: Path) -> None:
    """SQLite's online backup: others read and write on."""
    name = f"{Path(str(url.database)).absolute().as_uri()}?mode=ro"
    try:
        with (
            contextlib.closing(sqlite3.connect(name, uri=True)) as source,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
    except sqlite3.Error as error:
        raise Refused(f"the database {url.database} cannot be backed up: {error}") from error


def _load_sqlite(source: Path, url: URL) -> None:
    """Into a file that is there."""
    file = Path(str(url.database))
    try:
        with contextlib.closing(sqlite3.connect(source)) as saved, contextlib.closing(sqlite3.connect(file)) as target:
            saved.backup(target)
            target.execute("PRAGMA journal_mode=WAL")
    except sqlite3.Error as error:
        raise Refused(f"the database {file} cannot be restored: {error}") from error


def _save_postgresql(url: URL, target: Path) -> None:
    _postgresql("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def _load_postgresql(source: Path, url: URL) -> None:
    _postgresql(
        "pg_restore", url, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(source)
    )


def _postgresql(program: str, url: URL, *options: str) -> None:
    """Run one of PostgreSQL's own programs; secrets travel where only we can read them, never in its argv.

    The password goes in the environment, all else in a service file (libpq, 34.17).
    """
    words = {**url.translate_connect_args(username="user", database="dbname"), **url.query}
    password = words.pop("password", None)
    lines = [f"{name}={','.join(value) if isinstance(value, tuple) else value}" for name, value in words.items()]
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".conf") as service:  # mode 0600
            service.write("\n".join(["[database]", *lines, ""]))
            service.flush()
            own = {"PGSERVICEFILE": service.name, **({"PGPASSWORD": password} if password else {})}
            argv = [program, "--dbname=service=database", "--no-password", *options]
            subprocess.run(argv, env={**os.environ, **own}, text=True, check=True, stderr=subprocess.PIPE)
    except FileNotFoundError as error:
        raise Refused(f"{program} is missing: apt-get install postgresql-client") from error
    except subprocess.CalledProcessError as error:
        raise Refused(f"{program} failed: {' '.join(error.stderr.split())}") from error


ENGINES = {
    "sqlite": Engine("sqlite", _save_sqlite, _load_sqlite),
    "postgresql": Engine("pgdump", _save_postgresql, _load_postgresql),
}
