"""flask backup and restore: all databases in one file, a tar archive with SQLite's own copies or pg_dump's."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from flask import current_app
from sqlalchemy import URL, inspect

from .database import sqlite_file
from .errors import Refused
from .schema import BINDS, Bind, current

CONTENTS = "contents.json"  # of an archive: member -> engine and the revision of each bind in it


class Engine(NamedTuple):
    """How one kind of database is copied into a file and made from one."""

    suffix: str
    save: Callable[[URL, Path], None]
    load: Callable[[Path, URL], None]


def automatic() -> Path:
    """A backup in BACKUP_FOLDER, named after the moment."""
    folder = Path(current_app.config["BACKUP_FOLDER"])
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"no backup can be made in BACKUP_FOLDER {folder}: {error.strerror}") from error
    target = folder / f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{os.getpid()}.backup"
    save(target)
    return target


def save(target: Path) -> list[str]:
    """Write the databases of all binds into `target`, whole or not at all; the binds' names. Raises Refused."""
    if target.exists():
        raise Refused(f"{target} exists: a backup overwrites nothing")
    with _scratch(target.parent) as folder:
        contents = {}
        for url, binds in _databases().items():
            engine = ENGINES[url.get_backend_name()]
            file = sqlite_file(url)
            if file and not file.exists():
                continue
            member = folder / f"{binds[0].name}.{engine.suffix}"
            engine.save(url, member)
            contents[member.name] = {bind.name: _revision(bind) for bind in binds}
        if not contents:
            raise Refused("there is no database yet: nothing to back up")
        try:
            os.link(_pack(folder, contents), target)
        except FileExistsError as error:
            raise Refused(f"{target} exists: a backup overwrites nothing") from error
        except OSError as error:
            raise Refused(f"{target} cannot be written: {error.strerror}") from error
    return [bind for each in contents.values() for bind in each]


def restore(source: Path) -> list[str]:
    """Make the databases of all binds from the backup `source`; refused unless each of them is empty."""
    with _scratch(None) as folder:
        contents = _unpack(source, folder)
        databases = {binds[0].name: (url, binds) for url, binds in _databases().items()}
        plan = []
        for name, revisions in contents.items():
            bind, _, suffix = name.partition(".")
            url, binds = databases.get(bind, (None, []))
            if url is None or {each.name for each in binds} != set(revisions):
                raise Refused(
                    f"{source} holds {' and '.join(revisions)} in one database, which is configured otherwise here"
                )
            engine = ENGINES[url.get_backend_name()]
            if engine.suffix != suffix:
                raise Refused(
                    f"{source} holds a {suffix} database for bind {bind}, which is {url.get_backend_name()} here"
                )
            if tables := _tables(binds[0]):
                raise Refused(f"the database of bind {bind} is not empty (it has {', '.join(tables[:3])}): "
                              "restore into a new one, nothing is overwritten")  # fmt: skip
            plan.append((engine, folder / name, url))
        for engine, member, url in plan:
            engine.load(member, url)
    return [bind for each in contents.values() for bind in each]


def _databases() -> dict[URL, list[Bind]]:
    """Each database once, with the binds that are in it."""
    found: dict[URL, list[Bind]] = {}
    for bind in BINDS:
        found.setdefault(bind.engine.url, []).append(bind)
    return found


def _revision(bind: Bind) -> str | None:
    with bind.engine.connect() as connection:
        return current(connection, bind)


def _tables(bind: Bind) -> list[str]:
    file = sqlite_file(bind.engine.url)
    return [] if file and not file.exists() else inspect(bind.engine).get_table_names()


@contextlib.contextmanager
def _scratch(parent: Path | None):  # type: ignore[no-untyped-def]
    """A private folder, beside the target so that it can be linked there."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=".backup-", dir=parent))
    except OSError as error:
        raise Refused(f"the folder {parent} cannot be written: {error.strerror}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _pack(folder: Path, contents: dict[str, dict[str, str | None]]) -> Path:
    """The archive of what is in `folder`, safe on the disk."""
    archive = folder / "archive"
    with open(os.open(archive, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
        with tarfile.open(fileobj=stream, mode="w") as tar:
            text = json.dumps(contents, indent=2).encode()
            entry = tarfile.TarInfo(CONTENTS)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
            for name in contents:
                tar.add(folder / name, name)
        os.fsync(stream.fileno())
    return archive


def _unpack(source: Path, folder: Path) -> dict[str, dict[str, str | None]]:
    if not source.exists():
        raise Refused(f"{source} does not exist: name a file that flask backup made")
    try:
        with tarfile.open(source, mode="r:") as tar:
            tar.extractall(folder, filter="data")
        contents: dict[str, dict[str, str | None]] = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
    except (OSError, tarfile.TarError, ValueError) as error:
        raise Refused(f"{source} is not a file that flask backup made: {error}") from error
    if missing := [name for name in contents if not (folder / name).is_file()]:
        raise Refused(f"{source} is not whole: it lacks {', '.join(missing)}")
    return contents


def _save_sqlite(url: URL, target: Path) -> None:
    """SQLite's online backup: others read and write on."""
    source = contextlib.closing(sqlite3.connect(f"{Path(str(url.database)).absolute().as_uri()}?mode=ro", uri=True))
    try:
        with source as readable, contextlib.closing(sqlite3.connect(target)) as copy:
            readable.backup(copy)
    except sqlite3.Error as error:
        raise Refused(f"the database {url.database} cannot be backed up: {error}") from error


def _load_sqlite(source: Path, url: URL) -> None:
    file = Path(str(url.database))
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
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
    """Run one of PostgreSQL's own programs; the password travels in the environment, where only we can read it."""
    from psycopg.conninfo import make_conninfo

    words = url.translate_connect_args(username="user", database="dbname")
    password = words.pop("password", None)
    connection = make_conninfo(**words, **dict(url.query))
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    try:
        subprocess.run([program, f"--dbname={connection}", "--no-password", *options], env=environment, text=True,
                       check=True, stderr=subprocess.PIPE)  # fmt: skip
    except FileNotFoundError as error:
        raise Refused(f"{program} is missing: apt-get install postgresql-client") from error
    except subprocess.CalledProcessError as error:
        raise Refused(f"{program} failed: {' '.join(error.stderr.split())}") from error


ENGINES = {
    "sqlite": Engine("sqlite", _save_sqlite, _load_sqlite),
    "postgresql": Engine("pgdump", _save_postgresql, _load_postgresql),
}
