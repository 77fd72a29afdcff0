"""ROOT, the way from / to all that the site's user needs, and the secrets."""

from __future__ import annotations

import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

from ..errors import Refused
from ..machine import accounts
from ..machine.access import ENTER, READ, WRITE, Barred, Way, first_barrier
from ..site import owners, static
from . import refusals
from .finding import OK, WARNING, WRONG, Finding
from .subject import Subject


def root(subject: Subject) -> Iterator[Finding]:
    """A folder of its own that can be written."""
    project = Path("/") if subject.release else subject.project  # on a host the tool runs in a release, below ROOT
    try:
        found = refusals.site_root(project, str(subject.root.path))
        owners.trusted(found, subject.project)
    except Refused as refusal:
        yield Finding(WRONG, str(refusal), f"make deploy-{subject.target.adapter} ROOT=/srv/yourapplication")
    else:
        yield Finding(OK, f"{found.path} can be written")


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
        hosted = release.settings.supervisor == "systemd"  # whose sockets are the front end's, and handed over
        connects = accounts.WEB_SERVER if hosted else ""
        found += [Way(folders.sockets, ENTER, "the sockets", user=connects, shared=not hosted),
                  Way(Path(release.upstream), WRITE, "the socket to the application", hosted, connects,
                      shared=not hosted)]  # fmt: skip
    return found


def secrets(subject: Subject) -> Iterator[Finding]:
    """The secrets file: there, private, JSON, and the site's user's own."""
    path = subject.root.secrets
    try:
        refusals.secrets(subject.root)
    except Refused as refusal:
        open_to_others = path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
        fix = f"chmod 600 {path}" if open_to_others else f"install -m 600 YOUR_COPY {path}"
        yield Finding(WRONG, str(refusal).partition("; chmod")[0], fix)
        return
    if not path.exists():
        return
    owner = path.stat().st_uid
    if subject.user and owner != pwd.getpwnam(subject.user).pw_uid:
        yield Finding(
            WRONG, f"{path} does not belong to {subject.user}, who could not read it", f"chown {subject.user} {path}"
        )
    else:
        yield Finding(OK, f"{path} is private")
