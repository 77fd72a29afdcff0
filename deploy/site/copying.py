"""A project's code is copied into a release: with its modes, for the site's user alone to read it."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from ..errors import Refused
from ..machine.run import Local
from .code import Held

OWNERS = stat.S_IRUSR | stat.S_IXUSR
OTHERS = stat.S_IROTH | stat.S_IXOTH
ODD = "it is neither a file nor a folder"


def copy(host: Local, project: Path, held: Held, folder: Path) -> dict[str, str]:
    """Copy what is held, modification times too, into a new folder; what was left out, with the reason.

    Nobody but its owner can write it. The site's user reads it by his group, which owns it when root deploys; others
    may read what they may read in the project. Raises Refused for a link that leads out of it.
    """
    folder.mkdir(mode=0o700, parents=True)
    group = host.share(folder)
    folder.chmod(0o700 | stat.S_ISGID * group)  # what is made in it has its group
    allowed = ~(stat.S_IWGRP | stat.S_IWOTH) if _open(project) else ~(stat.S_IWGRP | stat.S_IRWXO)
    left_out, folders = dict(held.left_out), {""}
    for name in held.names:
        source, target = project / name, folder / name
        parent = name if name.endswith("/") else os.path.dirname(name)
        os.makedirs(folder / parent, mode=0o700, exist_ok=True)
        folders |= {parent.rstrip("/")[:at] for at, letter in enumerate(f"{parent.rstrip('/')}/") if letter == "/"}
        if source.is_symlink():
            target.symlink_to(_inside(project, source))
        elif source.is_file():
            shutil.copy2(source, target)
            target.chmod(_mode(source, allowed, group))
        elif not name.endswith("/"):
            left_out[name] = ODD
    for name in sorted(folders, reverse=True):
        (folder / name).chmod(_mode(project / name, allowed, group) | stat.S_IWUSR | stat.S_ISGID * group)
    folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXOTH)  # Apache asks for its script's kind as itself
    return left_out


def publish(release: Path, static: Path) -> None:
    """Everybody may read what everybody may get by HTTP: front ends have users of their own."""
    for path in static.parents:
        if path.is_relative_to(release):
            path.chmod(stat.S_IMODE(path.stat().st_mode) | stat.S_IXOTH)
    for path in (static, *static.rglob("*")):
        if not path.is_symlink():
            path.chmod(stat.S_IMODE(path.stat().st_mode) | stat.S_IROTH | stat.S_IXOTH * path.is_dir())


def _mode(source: Path, allowed: int, group: bool) -> int:
    mode = stat.S_IMODE(source.stat().st_mode) & 0o777 & allowed
    return mode | (mode & OWNERS) >> 3 if group else mode


def _open(project: Path) -> bool:
    """Whether everybody can enter it; else what others may there counts for nothing."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (project, *project.parents))


def _inside(project: Path, link: Path) -> str:
    """Where a link of the project leads, as the release's has to; raises Refused when that is outside."""
    top, end, name = project.resolve(), Path(os.path.realpath(link)), link.relative_to(project)
    if not end.is_relative_to(top):
        raise Refused(f"{name} is a link to {end}, outside of the project, and a release must hold all that it needs: "
                      "put the file itself there, or let git ignore the link (.gitignore)")  # fmt: skip
    target = os.readlink(link)
    return os.path.relpath(end, link.parent.resolve()) if os.path.isabs(target) else target
