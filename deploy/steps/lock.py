"""lock: one deployment at a time; mkdir is the lock, and it names who holds it."""

from __future__ import annotations

import datetime
import json
import os
import pwd
import shutil
from pathlib import Path
from typing import NamedTuple

from .. import journal
from ..context import Context
from ..errors import Locked
from ..files import File, write
from ..release import Root

OWNER = "owner.json"


class Holder(NamedTuple):
    """Who took the lock; a dead one was interrupted, and the next deployment takes it over."""

    pid: int
    started: str  # ticks since boot
    user: str
    since: str

    @property
    def alive(self) -> bool:
        """Whether it is still that process."""
        return _started(self.pid) == self.started


def do(ctx: Context) -> str:
    """Take the lock, or take it over from an owner that is dead; raises Locked."""
    ctx.root.path.mkdir(parents=True, exist_ok=True)
    try:
        ctx.root.lock.mkdir()
    except FileExistsError:
        found = holder(ctx.root)
        if found and found.alive:
            raise Locked(f"{ctx.root.path} is being deployed by {found.user}, process {found.pid}, "
                         f"since {found.since}: wait for it to end") from None  # fmt: skip
    now = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"
    ours = Holder(os.getpid(), str(_started(os.getpid())), pwd.getpwuid(os.getuid()).pw_name, now)
    write(ctx.root.lock, [File(OWNER, json.dumps(ours._asdict()))])
    ctx.began = journal.record(ctx.root, ctx.release, ctx.action, journal.BEGUN, ctx.who)
    return ""


def leave(ctx: Context) -> None:
    """Give the lock back if it is ours: at the end of a deployment, however it ended."""
    found = holder(ctx.root)
    if found and found.pid == os.getpid():
        shutil.rmtree(ctx.root.lock)


def holder(root: Root) -> Holder | None:
    """Who holds the lock, dead or alive; None when nobody does, or one who was killed before it wrote its name."""
    try:
        return Holder(**json.loads((root.lock / OWNER).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _started(pid: int) -> str | None:
    """When a process started, in ticks since boot (proc(5), field 22): with it a reused process id is recognised."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return None
