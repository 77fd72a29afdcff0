"""flask backup and restore: all databases in one file, a tar archive with SQLite's own copies or pg_dump's."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from flask import current_app
from sqlalchemy import URL, inspect

from .copies import ENGINES
from .database import sqlite_file
from .errors import Refused
from .schema import BINDS, Bind

AUTOMATIC = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9]+\.backup")
CONTENTS = "contents.json"  # of an archive: member -> engine and the revision of each bind in it


def automatic() -> Path:
    """A backup in BACKUP_FOLDER, named after the moment; of its like the newest BACKUPS_KEPT stay."""
    folder = Path(current_app.config["BACKUP_FOLDER"])
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"no backup can be made in BACKUP_FOLDER {folder}: {error.strerror}") from error
    target = folder / f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{os.getpid()}.backup"
    save(target)
    made = sorted(path for path in folder.iterdir() if AUTOMATIC.fullmatch(path.name))
    for old in made[: -current_app.config["BACKUPS_KEPT"]]:
        old.unlink()
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
            contents[member.name] = {bind.name: bind.revision() for bind in binds}
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
    """Make the databases of all binds from the backup `source`; refused unless each of them is empty.

    Whoever calls it holds lock.alone, which has made SQLite's files.
    """
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


def _tables(bind: Bind) -> list[str]:
    file = sqlite_file(bind.engine.url)
    return [] if file and not file.exists() else inspect(bind.engine).get_table_names()


@contextlib.contextmanager
def _scratch(parent: Path | None) -> Iterator[Path]:
    """A private folder, beside the target so that it can be linked there."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=".backup-", dir=parent))
    except OSError as error:
        raise Refused(
            f"the folder {parent} cannot be written ({error.strerror}): name one that you may write"
        ) from error
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
            for member in tar:  # Python 3.11.2 has no filter="data"
                if member.isfile() and "/" not in member.name:
                    with tar.extractfile(member) as held, open(folder / member.name, "wb") as copy:
                        shutil.copyfileobj(held, copy)
        contents: dict[str, dict[str, str | None]] = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
    except (OSError, tarfile.TarError, ValueError) as error:
        raise Refused(f"{source} is not a file that flask backup made: {error}") from error
    if missing := [name for name in contents if not (folder / name).is_file()]:
        raise Refused(f"{source} is not whole: it lacks {', '.join(missing)}")
    return contents
