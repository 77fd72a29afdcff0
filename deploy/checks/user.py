"""The user who runs the application: there, of no other site, and able to enter ROOT."""

from __future__ import annotations

import dataclasses
import os
import pwd
import re
from collections.abc import Iterator
from pathlib import Path

from ..machine import access
from ..machine.run import Local
from .finding import WRONG, Finding, hinders
from .subject import Subject
from .users import candidates, is_free, is_of

BOOTED = Path("/run/systemd/system")  # sd_booted(3)
NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")  # what useradd takes
ASSIGNED = 100  # below it are the users that are the same on every Debian (Debian Policy 9.2.2)
PRIVATE = (Path("/tmp"), Path("/var/tmp"))  # every service has its own


def user(subject: Subject) -> Iterator[Finding]:
    """Nothing when all is well."""
    asked, ours = subject.settings.user, dataclasses.replace(subject.host, user=subject.user)
    root, names = subject.root.path, candidates(subject.root.path)
    if subject.room.hosted:
        yield from _on_a_host(subject, ours)
    elif os.geteuid() != 0:
        if asked:
            yield _refused(f"USER is {asked!r}, but only root can run the application as somebody else")
    elif asked and not ours.knows_user():
        yield _refused(f"USER is {asked!r}: this machine has no such user")
    elif not asked and subject.serving is None and not any(is_of(name, root) or is_free(name) for name in names):
        yield hinders(f"{' and '.join(names)} are users or groups of this machine that do not belong to {root}",
                      "say who is to run the application, as USER=")  # fmt: skip
    else:
        yield from _enters(subject, ours)


def _enters(subject: Subject, ours: Local) -> Iterator[Finding]:
    """The folder that bars the way, and the command that lets them in."""
    root, existing = subject.root, _existing(subject)
    if ours.run(["test", "-x", existing], as_user=True, check=False).returncode == 0:
        return
    barred = access.first_barrier(ours.user, access.Way(existing, access.ENTER, "ROOT"))
    what = f"ROOT is {root.path}, which {ours.user} cannot enter"
    mend = f": {barred.why} bars the way; {barred.fix}, or" if barred else ":"
    other = "choose ROOT=/srv/yourapplication"
    yield Finding(WRONG, what, barred.fix if barred else other, f"{what}{mend} {other}")


def _on_a_host(subject: Subject, ours: Local) -> Iterator[Finding]:
    """One that systemd can run, beside other sites."""
    root, asked, name = subject.root, subject.settings.user, subject.root.path.name
    if os.geteuid() != 0 or not BOOTED.is_dir():
        why = "only root can use" if BOOTED.is_dir() else "does not run on this machine"
        yield hinders(f"SUPERVISOR is 'systemd', which {why}", "choose SUPERVISOR=circus")
    elif not NAME.fullmatch(name):
        yield hinders(f"ROOT is {root.path}, whose last part names the site's units and user",
                      "it may have 31 small letters, digits, - and _, and begins with a letter")  # fmt: skip
    elif any(folder in root.path.parents for folder in PRIVATE):
        what = f"ROOT is {root.path}, which no service can see: each has a /tmp of its own"
        yield Finding(WRONG, what, f"choose /srv/{name}", f"{what}; choose /srv/{name}")
    elif not asked and ours.knows_user() and pwd.getpwnam(name).pw_uid < ASSIGNED:
        yield hinders(f"ROOT is {root.path}, whose last part names the site's user, and {name} is one of Debian's own",
                      "choose another ROOT")  # fmt: skip
    elif asked and not ours.knows_user():
        yield _refused(f"USER is {asked!r}: this machine has no such user")
    elif ours.run(["test", "-x", _existing(subject)], as_user=True, check=False).returncode:
        yield hinders(f"ROOT is {root.path}, but {_existing(subject)} cannot be entered by {ours.user}",
                      f"choose /srv/{name}")  # fmt: skip
    elif said := subject.supervisor.foreign():
        yield _refused(said)


def _refused(what: str) -> Finding:
    return Finding(WRONG, what, refusal=what)


def _existing(subject: Subject) -> Path:
    """ROOT, or the folder that it will be made in."""
    path = subject.root.path
    return next(folder for folder in (path, *path.parents) if folder.exists())
