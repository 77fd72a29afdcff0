"""lock: one deployment at a time; mkdir is the lock, and it names who holds it."""

from __future__ import annotations

import datetime
import json
import os
import pwd
import shutil
from pathlib import Path

from ..context import Context
from ..errors import Locked
from ..files import File, write

OWNER = "owner.json"


def do(ctx: Context) -> str:
    """Take the lock, or take it over from an owner that is dead; raises Locked."""
    ctx.root.path.mkdir(parents=True, exist_ok=True)
    try:
        ctx.root.lock.mkdir()
    except FileExistsError:
        owner = _owner(ctx.root.lock)
        if owner is not None and _alive(owner):
            raise Locked(f"{ctx.root.path} is being deployed by {owner['user']}, process {owner['pid']}, "
                         f"since {owner['since']}: wait for it to end") from None  # fmt: skip
    values = {"pid": os.getpid(), "started": _started(os.getpid()), "user": pwd.getpwuid(os.getuid()).pw_name,
              "since": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"}  # fmt: skip
    write(ctx.root.lock, [File(OWNER, json.dumps(values))])
    return ""


def leave(ctx: Context) -> None:
    """Give the lock back if it is ours: at the end of a deployment, however it ended."""
    owner = _owner(ctx.root.lock)
    if owner is not None and owner["pid"] == os.getpid():
        shutil.rmtree(ctx.root.lock)


def _owner(folder: Path) -> dict[str, object] | None:
    try:
        found: dict[str, object] = json.loads((folder / OWNER).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None  # killed between mkdir and the name
    return found


def _alive(owner: dict[str, object]) -> bool:
    return _started(int(str(owner["pid"]))) == owner["started"]


def _started(pid: int) -> str | None:
    """When a process started, in ticks since boot (proc(5), field 22): with it a reused process id is recognised."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return None
