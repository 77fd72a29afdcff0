"""Who runs the application: you, or when root deploys a system user that belongs to this site alone."""

from __future__ import annotations

import dataclasses
import grp
import hashlib
import os
import pwd
import re
from pathlib import Path

from .. import supervisors
from ..errors import Refused
from ..machine import access
from ..machine.run import Local
from ..settings import Settings
from ..site.release import Root, live
from . import hosted

DEFAULT_ROOT = Settings.model_fields["root"].default
LONGEST = 24  # characters of a name, before what tells it from another one: useradd takes 32


def site_user(host: Local, root: Root, settings: Settings) -> str:
    """Empty for whoever deploys; raises Refused when the site's user cannot be, or cannot enter ROOT.

    A site that runs keeps its user, whose files its processes are writing.
    """
    if settings.supervisor == "systemd":
        return hosted.site_user(host, root, settings)
    if os.geteuid() != 0:
        if settings.user:
            raise Refused(f"USER is {settings.user!r}, but only root can run the application as somebody else")
        return ""
    serving = supervisors.serving(host, root, live(root))
    user = settings.user or (serving.user if serving else "") or own(root.path)
    ours = dataclasses.replace(host, user=user)
    if settings.user and not ours.knows_user():
        raise Refused(f"USER is {user!r}, who is no user of this machine")
    enters(ours, root)
    return user


def shared(host: Local, root: Root, settings: Settings) -> str:
    """What is to be said of a site that keeps a user whom other sites may have too, as earlier ones did."""
    if not host.user or settings.user or settings.supervisor == "systemd" or _is_of(host.user, root.path):
        return ""
    known = host.knows_user()
    return f"the application runs as {host.user}, as other sites may" if known else ""


def enters(host: Local, root: Root) -> None:
    """Raises Refused, naming the folder and the command, unless the site's user can enter ROOT or where it will be."""
    existing = next(folder for folder in (root.path, *root.path.parents) if folder.exists())
    if host.run(["test", "-x", existing], as_user=True, check=False).returncode == 0:
        return
    barred = access.first_barrier(host.user, access.Way(existing, access.ENTER, "ROOT"))
    mend = f": {barred.why} bars the way; {barred.fix}, or" if barred else ":"
    raise Refused(f"ROOT is {root.path}, which {host.user} cannot enter{mend} choose ROOT=/srv/yourapplication")


def own(root: Path) -> str:
    """The name of the site's own user: whose home ROOT is, else one that nobody has yet.

    It is the last part of ROOT, as on a host, or of the project's folder where ROOT is the default; with a hash of the
    path where that names somebody else. Raises Refused when both do.
    """
    part = root.parent.name if root.name == DEFAULT_ROOT else root.name
    plain = re.sub(r"^[^a-z]+|[^a-z0-9]+$", "", re.sub(r"[^a-z0-9_-]+", "-", part.lower())[:LONGEST]) or "site"
    names = (plain, f"{plain}-{hashlib.sha256(bytes(root)).hexdigest()[:6]}")
    found = [name for name in names if _is_of(name, root)] or [name for name in names if _is_free(name)]
    if not found:
        raise Refused(f"{' and '.join(names)} are users or groups of this machine that do not belong to {root}: say "
                      "who is to run the application, as USER=")  # fmt: skip
    return found[0]


def _is_of(name: str, root: Path) -> bool:
    entry = _entry(name)
    return entry is not None and entry.pw_uid != 0 and entry.pw_dir == str(root)


def _is_free(name: str) -> bool:
    return _entry(name) is None and name not in {group.gr_name for group in grp.getgrall()}


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
