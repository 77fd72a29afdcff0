"""The owners and readers of what is in ROOT. Nothing that root opens, makes or changes lies where anybody else can
write.

The site's user owns what the application writes, the front end's user its logs and what clients send. The front end's
workers are in the site's group: through it they reach its sockets and read its files.
"""

from __future__ import annotations

import grp
import os
import stat
from pathlib import Path

from ..errors import Refused
from ..machine.access import steps
from ..machine.accounts import user_name
from ..machine.run import Local
from .release import Root

SERVER_LOGS = ("access.log", "error.log")  # opened by root, and by lighttpd again when it has dropped privileges
LOG_MODE = 0o640
UPLOADS = "uploads"  # below Root.frontend: where lighttpd's workers keep what clients send


def trusted(root: Root, project: Path) -> None:
    """Raises Refused when root deploys and somebody could put a link in the place of what root opens in ROOT.

    The author of the project is trusted, because root runs it.
    """
    if os.geteuid() != 0:
        return
    friends = {0, project.stat().st_uid}
    inner = [root.path, root.releases, root.venvs, root.shared, root.logs, root.run, root.supervisor]
    for path in dict.fromkeys([*steps(root.path), *(folder for folder in inner if folder.exists())]):
        found = path.stat()
        if found.st_uid not in friends:
            raise Refused(f"ROOT is {root.path}, but {path} belongs to {user_name(found.st_uid)}, who could make root "
                          f"write elsewhere: chown root {path}, or choose ROOT=/srv/yourapplication")  # fmt: skip
        if who := _writers(found, path in inner):
            raise Refused(f"ROOT is {root.path}, but {path} (mode {stat.S_IMODE(found.st_mode):04o}) can be written by "
                          f"{who}, who could make root write elsewhere: chmod go-w {path}")  # fmt: skip


def _writers(found: os.stat_result, ours: bool) -> str:
    """The users who can write a folder beside its owner. In a folder with the sticky bit nobody can touch another
    user's files."""
    if found.st_mode & stat.S_ISVTX and not ours:
        return ""
    if found.st_mode & stat.S_IWOTH:
        return "everybody"
    shared = found.st_mode & stat.S_IWGRP and found.st_gid != 0
    name = grp.getgrgid(found.st_gid).gr_name if shared else ""
    return f"group {name}" if name != user_name(found.st_uid) and name else ""


def make(root: Root, host: Local, hosted: bool) -> None:
    """Make the folders of ROOT that are missing, and see to their owners; `hosted`: the front end is the host's."""
    for folder in (root.releases, root.venvs, root.shared, root.logs, root.run):
        folder.mkdir(exist_ok=True)
    root.supervisor.mkdir(mode=0o700, exist_ok=True)
    for folder in (root.data, root.backups, root.requests.parent):
        folder.mkdir(mode=0o700, exist_ok=True)
        _take_over(folder, host)
    for folder in (root.sockets, root.frontend):
        folder.mkdir(mode=0o700, exist_ok=True)
        _reclaim(folder, host)
    # On a host each socket lets in www-data only; here they let in whoever comes so far.
    root.sockets.chmod(0o711 if hosted else 0o710 if host.user else 0o700)
    root.frontend.chmod(0o755)
    uploads = root.frontend / UPLOADS
    uploads.mkdir(mode=0o700, exist_ok=True)
    host.front.own(uploads)
    for name, owner in (*((name, host.front) for name in SERVER_LOGS), ("application.log", host)):
        (root.logs / name).touch(mode=LOG_MODE)
        owner.own(root.logs / name)


def still(root: Root, host: Local) -> None:
    """Raises Refused unless what a release has written is its user's still."""
    owner = user_name(root.data.stat().st_uid)
    if host.user and owner != host.user:
        raise Refused(f"{host.user} served it, and what is in {root.shared} belongs to {owner} now: deploy what it was "
                      "made from again")  # fmt: skip


def _take_over(folder: Path, host: Local) -> None:
    """Give a folder to the site's user, with all in it that belonged to its owner before.

    The owner may still be at work in it, so no link is followed, and a file that has another name elsewhere is not
    given.
    """
    before = folder.stat().st_uid
    host.own(folder)
    ours = folder.stat()
    if ours.st_uid == before:
        return
    for _, folders, names, inside in os.fwalk(folder):
        for name in (*folders, *names):
            opened = os.open(name, os.O_PATH | os.O_NOFOLLOW, dir_fd=inside)
            found = os.fstat(opened)
            if found.st_uid == before and (stat.S_ISDIR(found.st_mode) or found.st_nlink == 1):
                os.chown(f"/proc/self/fd/{opened}", ours.st_uid, ours.st_gid, follow_symlinks=True)
            os.close(opened)


def _reclaim(folder: Path, host: Local) -> None:
    """Make a folder root's, for the site's group to enter; links that somebody put there while it was theirs go."""
    if not host.user:
        return
    theirs = folder.stat().st_uid != os.geteuid()
    os.chown(folder, os.geteuid(), -1)
    host.share(folder)
    if theirs:
        folder.chmod(0o700)
        for path in folder.iterdir():
            found = path.lstat()
            if stat.S_ISLNK(found.st_mode) or (stat.S_ISREG(found.st_mode) and found.st_nlink > 1):
                path.unlink()
