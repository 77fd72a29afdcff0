"""All databases in one file: which they are, and which of them it is for."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from flask import current_app
from sqlalchemy import URL, inspect

from ...errors import Refused
from ..binds import BINDS, Bind
from ..database import sqlite_file
from .copies import ENGINES
from .files import pack, scratch, unpack

AUTOMATIC = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9]+\.backup")


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
    with scratch(target.parent) as folder:
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
            os.link(pack(folder, contents), target)
        except FileExistsError as error:
            raise Refused(f"{target} exists: a backup overwrites nothing") from error
        except OSError as error:
            raise Refused(f"{target} cannot be written: {error.strerror}") from error
    return [bind for each in contents.values() for bind in each]


def restore(source: Path) -> list[str]:
    """Make the databases of all binds from the backup `source`; refused unless each of them is empty.

    The caller holds lock.alone, which has made SQLite's files.
    """
    with scratch(None) as folder:
        contents = unpack(source, folder)
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
