"""lock: one deployment at a time. The kernel holds the lock, and drops it when its owner ends, however that happens."""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...errors import Locked
from ...machine import accounts, orphans
from ...machine.files import File, write
from ...site.release import Root
from ..context import Context

OWNER = "owner.json"
TRIES = 10  # somebody may only have looked whether it is held
PAUSE = 0.02  # seconds


class Holder(NamedTuple):
    """Who took the lock; one that is not alive was interrupted, and the next deployment takes over from it."""

    pid: int
    user: str
    since: str
    alive: bool = True


def do(ctx: Context) -> str:
    """Take the lock and mark this deployment's commands; raises Locked naming who has it."""
    ctx.root.path.mkdir(parents=True, exist_ok=True)
    ctx.lock = _take(ctx.root)
    before = holder(ctx.root)
    ctx.took_over = before is not None
    ctx.host = orphans.marked(ctx.host, ctx.release.id)
    now = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"
    ours = Holder(os.getpid(), accounts.user_name(), now)
    write(ctx.root.lock, [File(OWNER, json.dumps(ours._asdict()))])
    return f"taken over from {before.user}, process {before.pid}, since {before.since}, which ended" if before else ""


def leave(ctx: Context) -> None:
    """Give the lock back, at the end of a deployment, however it ended."""
    if ctx.lock is not None:
        shutil.rmtree(ctx.root.lock)
        os.close(ctx.lock)
        ctx.lock = None


def holder(root: Root) -> Holder | None:
    """Who holds the lock, or held it when it was killed; None for nobody, and before it has written its name."""
    try:
        found = Holder(**json.loads((root.lock / OWNER).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    with contextlib.suppress(FileNotFoundError), _locked(root.lock, fcntl.LOCK_SH) as folder:
        return found._replace(alive=folder is None)
    return None


def _take(root: Root) -> int:
    """The folder of the lock, open: whoever has locked the one that has its name has the lock."""
    for _ in range(TRIES):
        with contextlib.suppress(FileExistsError):
            root.lock.mkdir()
        with contextlib.suppress(FileNotFoundError), _locked(root.lock, fcntl.LOCK_EX) as folder:
            if folder is not None and os.path.samestat(os.fstat(folder), os.stat(root.lock)):
                return os.dup(folder)
        time.sleep(PAUSE)
    found = holder(root)
    who = f"{found.user}, process {found.pid}, since {found.since}" if found else "another process"
    raise Locked(f"{root.path} is being deployed by {who}: wait for it to end")


@contextlib.contextmanager
def _locked(path: Path, how: int) -> Iterator[int | None]:
    """The open folder, locked; None when somebody else has it locked. Raises FileNotFoundError."""
    folder = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(folder, how | fcntl.LOCK_NB)
        yield folder
    except BlockingIOError:
        yield None
    finally:
        os.close(folder)
