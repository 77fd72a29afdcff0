"""The lock of a ROOT: the kernel holds it, and drops it when its owner ends, however that happens."""

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

from ..errors import Locked
from ..machine.accounts import user_name
from ..machine.files import File, write
from .release import Root

OWNER = "owner.json"
TRIES = 10  # somebody may only have looked whether it is held
PAUSE = 0.02  # seconds


class Holder(NamedTuple):
    """The deployment that took the lock. One that is not alive was interrupted, and the next deployment takes over
    from it."""

    pid: int
    user: str
    since: str
    alive: bool = True


def sign(root: Root) -> None:
    """Write who has it: this process."""
    now = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"
    write(root.lock, [File(OWNER, json.dumps(Holder(os.getpid(), user_name(), now)._asdict()))])


def leave(root: Root, lock: int) -> None:
    """Give it back; `lock` is what `take` returned."""
    shutil.rmtree(root.lock)
    os.close(lock)


def holder(root: Root) -> Holder | None:
    """The deployment that holds the lock, or held it when it was killed; None when there is none, or it has not
    written its name yet."""
    try:
        found = Holder(**json.loads((root.lock / OWNER).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    with contextlib.suppress(FileNotFoundError), _locked(root.lock, fcntl.LOCK_SH) as folder:
        return found._replace(alive=folder is None)
    return None


def take(root: Root) -> int:
    """The folder of the lock, open. The deployment that has locked the folder of that name has the lock. Raises
    Locked with its name."""
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


def told(root: Root) -> str:
    """That a deployment is under way, or died in the middle, and whose it was; empty when there is none."""
    found = holder(root)
    if not root.lock.exists():
        return ""
    if found is None:
        return "a deployment died before it had written its name; the next one takes its place"
    who = f"{found.user}, process {found.pid}, since {found.since}"
    return f"a deployment is under way: {who}" if found.alive else \
        f"a deployment died: {who}; the next one takes its place"  # fmt: skip
