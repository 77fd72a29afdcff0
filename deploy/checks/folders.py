"""ROOT, and the way from / to all that the site's user needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import Refused
from ..machine import accounts
from ..machine.access import ENTER, READ, WRITE, Barred, Way, first_barrier
from ..settings.values import plain
from ..site import owners, static
from ..site.release import Root, root_of
from .finding import OK, WARNING, WRONG, Finding
from .subject import Subject


def root(subject: Subject) -> Iterator[Finding]:
    """A folder of its own that can be written."""
    try:
        found = site_root(subject.project, str(subject.root.path))
        owners.trusted(found, subject.project)
    except Refused as error:
        fix = f"make deploy-{subject.target.adapter} ROOT=/srv/yourapplication"
        yield Finding(WRONG, str(error), fix, str(error))
    else:
        yield Finding(OK, f"{found.path} can be written")


def site_root(project: Path, setting: str) -> Root:
    """ROOT as an absolute folder that can be written; raises Refused."""
    root = root_of(project, setting)
    path, own = root.path, root.releases in project.parents  # on a host the tool runs in a release, below ROOT
    try:
        plain(str(path))
    except ValueError as error:
        raise Refused(f"ROOT is {str(path)!r}: it may have {error}") from error
    if (path == project or path in project.parents) and not own:
        raise Refused(f"ROOT is {setting!r}, which holds the project itself: choose a folder of its own, such as var")
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    if not existing.is_dir():
        raise Refused(f"ROOT is {path}, but {existing} is a file: choose a folder")
    if not os.access(existing, os.W_OK | os.X_OK) or os.statvfs(existing).f_flag & os.ST_RDONLY:
        raise Refused(f"ROOT is {path}, but {existing} cannot be written: choose a folder of yours")
    return root


def permissions(subject: Subject) -> Iterator[Finding]:
    """Every folder from / down to what the application's user and the front end's workers need."""
    barred: dict[Path, tuple[Way, Barred]] = {}
    for way in ways(subject):
        found = first_barrier(way.user or subject.user, way)
        if found:
            barred.setdefault(found.path, (way, found))
    who = subject.user or accounts.user_name()
    if who == "root":
        yield Finding(WARNING, "the application runs as root", f"{subject.deploy} USER=")
    for way, found in barred.values():
        yield Finding(WRONG, f"{found.why} bars {way.user or who} from {way.what} {way.path}", found.fix)
    if not barred:
        yield Finding(OK, f"{who} can reach all that the site needs")


def ways(subject: Subject) -> list[Way]:
    """What the site's user needs; before the first deployment, the folder that ROOT will be made in."""
    release, folders = subject.release, subject.root
    if release is None:
        path = folders.path
        existing = next(each for each in (path, *path.parents) if each.exists())
        return [Way(existing, ENTER, "the folder of ROOT")]
    files = static.folder_of(release.folder, release.settings.application)
    found = [
        Way(release.folder, READ | ENTER, "the release"),
        Way(release.python, READ | ENTER, "its interpreter"),
        Way(folders.data, READ | WRITE | ENTER, "its data", own=True),
        Way(folders.backups, READ | WRITE | ENTER, "its backups", own=True),
        Way(folders.requests.parent, READ | WRITE | ENTER, "its log", own=True),
        *([Way(files, READ | ENTER, "its static files")] if files else []),
    ]
    if release.upstream.startswith("/"):
        hosted = subject.room.hosted  # whose sockets are the front end's, and handed over
        connects = accounts.WEB_SERVER if hosted else ""
        found += [Way(folders.sockets, ENTER, "the sockets", user=connects, shared=not hosted),
                  Way(Path(release.upstream), WRITE, "the socket to the application", hosted, connects,
                      shared=not hosted)]  # fmt: skip
    return found
