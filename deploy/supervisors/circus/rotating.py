"""Circus rotates the site's logs by size and age; a copy lies beside circus.ini.

What the live release says in supervisor/rotation.json counts: `size` in bytes, `days`, `keep` earlier ones of each log,
and `reopen`, the signal that makes the front end open its logs anew. Nothing that is written meanwhile is lost.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

SECONDS = 5.0  # between two looks
COLLAPSE = 8  # FALLOC_FL_COLLAPSE_RANGE of fallocate(2), as ext4 and xfs know it
HELD = ("application.log", "frontend.log")  # processes' standard output; the others are opened by their name
TOLD = ("access.log", "error.log")  # the front end's
SINCE = "rotation.json"  # which file each log was, and since when


class Rules(NamedTuple):
    """When a log is rotated, and how many earlier ones are kept."""

    size: int
    days: int
    keep: int


def due(path: Path, rules: Rules, since: float, now: float) -> bool:
    """Whether a log, which was begun at `since`, is to be rotated; an empty log, and what is not a file, never is."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return False
    old = found.st_size > 0 and now - since > rules.days * 86400
    return stat.S_ISREG(found.st_mode) and (found.st_size > rules.size or old)


def rename(path: Path, rules: Rules) -> None:
    """For writers that look what the name stands for, or can be told to: who is slow still writes to the old file."""
    before = os.lstat(path)
    _shift(path, rules.keep)
    os.rename(path, f"{path}.1")
    with contextlib.suppress(FileExistsError):  # its writer was quick
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        if os.geteuid() == 0:
            os.fchown(descriptor, before.st_uid, before.st_gid)
        os.fchmod(descriptor, stat.S_IMODE(before.st_mode))
        os.close(descriptor)


def cut(path: Path, rules: Rules) -> None:
    """For writers that hold the file open for appending: what is copied is taken out of its beginning.

    Where the file system cannot do that, it is emptied, and what is printed in the moment before that is lost.
    """
    with open(path, "r+b") as file, open(f"{path}.new", "wb") as copy:
        block = os.fstatvfs(file.fileno()).f_bsize
        size = (os.fstat(file.fileno()).st_size - 1) // block * block
        os.fchmod(copy.fileno(), stat.S_IMODE(os.fstat(file.fileno()).st_mode))
        _copy(file, copy, size)
        if size <= 0 or _collapse(file.fileno(), size):
            while _copy(file, copy, os.fstat(file.fileno()).st_size - file.tell()):
                pass
            file.truncate(0)
    _shift(path, rules.keep)
    os.rename(f"{path}.new", f"{path}.1")


def look(root: Path, tell: Callable[[str], None]) -> None:
    """Begin anew what is due in the site at `root`; `tell` sends a signal to the front end's master."""
    logs, state = root / "shared" / "logs", root / "run" / "supervisor" / SINCE
    try:
        given = json.loads((root / "current" / "supervisor" / "rotation.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return  # of a release that knows nothing of this
    rules, now = Rules(given["size"], given["days"], given["keep"]), time.time()
    known: dict[str, Any] = json.loads(state.read_text(encoding="utf-8")) if state.exists() else {}
    found = {str(path): path.lstat().st_ino for path in logs.rglob("*.log")}
    since = {name: known[name] if known.get(name, [0])[0] == inode else [inode, now] for name, inode in found.items()}
    if since != known:
        state.write_text(json.dumps(since), encoding="utf-8")
    begun = [path for path in map(Path, found) if due(path, rules, since[str(path)][1], now)]
    for path in begun:
        # Elsewhere the application could have put links: a name is opened only where it cannot.
        (cut if path.name in HELD and path.parent == logs else rename)(path, rules)
        since.pop(str(path))
    if begun:
        state.write_text(json.dumps(since), encoding="utf-8")
    if given["reopen"] and any(path.name in TOLD for path in begun):
        tell(given["reopen"])


def within(arbiter: type[Any], root: Path) -> None:
    """Have a Circus look, every now and then."""
    from circus import logger
    from tornado.ioloop import PeriodicCallback

    start = arbiter.start

    def started(self: Any, *arguments: Any) -> Any:
        def tell(name: str) -> None:
            watcher = self.get_watcher("frontend")
            for number in watcher.processes:
                watcher.send_signal(number, getattr(signal, f"SIG{name}"))

        def once() -> None:
            try:
                look(root, tell)
            except OSError as error:
                logger.error("the logs could not be rotated: %s", error)

        PeriodicCallback(once, SECONDS * 1000).start()
        return start(self, *arguments)

    arbiter.start = started


def _copy(file: Any, copy: Any, size: int) -> int:
    """Append the next `size` bytes of a file to its copy; how many there were."""
    left = size
    while left > 0 and (piece := file.read(min(left, 1 << 20))):
        copy.write(piece)
        left -= len(piece)
    return size - left


def _collapse(descriptor: int, size: int) -> int:
    """Take the first bytes out of a file; not 0 where that cannot be done."""
    fallocate = ctypes.CDLL(None, use_errno=True).fallocate
    fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
    return int(fallocate(descriptor, COLLAPSE, 0, size))


def _shift(path: Path, keep: int) -> None:
    """Make room for the newest of the earlier ones, and remove those that are too many."""
    numbered = sorted((int(each.suffix[1:]), each) for each in path.parent.glob(f"{path.name}.*") if
                      each.suffix[1:].isdigit())  # fmt: skip
    for number, each in reversed(numbered):
        if number >= keep:
            each.unlink()
        else:
            each.rename(path.with_name(f"{path.name}.{number + 1}"))
