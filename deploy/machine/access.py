"""May a user go through these folders: what bars them first, and the command that lets them in."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .accounts import NOBODY, user_name

READ, WRITE, ENTER = 4, 2, 1
SHIFTS = {"u": 6, "g": 3, "o": 0}  # of chmod's letters in a mode


class Way(NamedTuple):
    """What a user must be able to do with a path; `own`: it is theirs, so that the fix is to give it to them.

    `shared`: it is for their group. `user`: who, if not the site's user.
    """

    path: Path
    rights: int
    what: str
    own: bool = False
    user: str = ""
    shared: bool = False


class Barred(NamedTuple):
    """The first path that bars a user, and what mends it."""

    path: Path
    why: str
    fix: str


def first_barrier(user: str, way: Way) -> Barred | None:
    """None when `user` (empty: this one) can go all the way, through symbolic links too; root can always."""
    entry = _entry(user)
    if (entry.pw_uid if entry else os.geteuid()) == 0:
        return None
    for path in steps(way.path):
        last = path == way.path or path == Path(os.path.realpath(way.path))
        rights = way.rights if last else ENTER
        found = path.stat()
        if not _may(user, found, rights):
            owner = user_name(found.st_uid)
            why = f"{path} (mode {stat.S_IMODE(found.st_mode):04o}, owner {owner})"
            return Barred(path, why, _fix(user, path, found, rights, way if last else None))
    return None


def steps(path: Path) -> Iterator[Path]:
    """The path from / down as it is written, then as its links lead; what does not exist is left to other checks."""
    ways = dict.fromkeys([path, Path(os.path.realpath(path))])
    yield from dict.fromkeys(step for way in ways for step in (*reversed(way.parents), way) if step.exists())


def _entry(user: str) -> pwd.struct_passwd | None:
    """None for the user who asks; a user who is not made yet stands as nobody in particular."""
    try:
        return pwd.getpwnam(user) if user else None
    except KeyError:
        return pwd.getpwnam(NOBODY)


def _may(user: str, found: os.stat_result, rights: int) -> bool:
    return (found.st_mode >> SHIFTS[_class(user, found)]) & rights == rights


def _class(user: str, found: os.stat_result) -> str:
    """Which of a file's modes counts for `user`, in chmod's letters: the first that fits, however little it allows."""
    entry = _entry(user)
    groups = os.getgrouplist(entry.pw_name, entry.pw_gid) if entry else [os.getegid(), *os.getgroups()]
    own = found.st_uid == (entry.pw_uid if entry else os.geteuid())
    return "u" if own else "g" if found.st_gid in groups else "o"


def _fix(user: str, path: Path, found: os.stat_result, rights: int, way: Way | None) -> str:
    letters = "".join(letter for letter, bit in (("r", READ), ("w", WRITE), ("x", ENTER)) if rights & bit)
    entry, kind = _entry(user), _class(user, found)
    if kind == "u":
        return f"chmod u+{letters} {path}"
    if way and way.shared and entry:
        return f"chgrp {grp.getgrgid(entry.pw_gid).gr_name} {path} && chmod g+{letters} {path}"
    if way and way.own:
        return f"chown {f'{user}:{grp.getgrgid(entry.pw_gid).gr_name}' if entry else user_name()} {path}"
    return f"chmod {kind}+{letters} {path}"
