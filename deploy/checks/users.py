"""The user who runs the application: you, or, when root deploys, a system user of this site alone."""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import re
from pathlib import Path

from .. import supervisors
from ..machine.run import Local
from ..settings import Settings
from ..site.on_disk import live
from ..site.release import Root

DEFAULT_ROOT = Settings.model_fields["root"].default
LONGEST = 24  # characters of a name, before what tells it from another one: useradd takes 32


def who(host: Local, root: Root, settings: Settings) -> str:
    """Empty for the user who deploys. A site that runs keeps its user: its processes write that user's files."""
    if supervisors.ROOMS[settings.supervisor].hosted:
        return settings.user or str(root.path.name)
    if os.geteuid() != 0:
        return ""
    serving = supervisors.serving(host, root, live(root))
    return settings.user or (serving.user if serving else "") or own(root.path)


def shared(host: Local, root: Root, settings: Settings) -> str:
    """The note about a site that keeps a user whom other sites may use too, as earlier versions did."""
    kept = host.user and not settings.user and not supervisors.ROOMS[settings.supervisor].hosted
    if not kept or is_of(host.user, root.path):
        return ""
    return f"the application runs as {host.user}, which other sites may use too" if host.knows_user() else ""


def own(root: Path) -> str:
    """The name of the site's own user: whose home ROOT is, else one that nobody has yet."""
    names = candidates(root)
    fit = [name for name in names if is_of(name, root)] or [name for name in names if is_free(name)]
    return (fit or names)[0]


def candidates(root: Path) -> list[str]:
    """The last part of ROOT, as on a host, or of the project's folder where ROOT is the default; then, where that names
    somebody else, the same with a hash of the path."""
    part = root.parent.name if root.name == DEFAULT_ROOT else root.name
    plain = re.sub(r"^[^a-z]+|[^a-z0-9]+$", "", re.sub(r"[^a-z0-9_-]+", "-", part.lower())[:LONGEST]) or "site"
    return [plain, f"{plain}-{hashlib.sha256(bytes(root)).hexdigest()[:6]}"]


def is_of(name: str, root: Path) -> bool:
    """Whether it is a user whose home ROOT is, but not root."""
    entry = entry_of(name)
    return entry is not None and entry.pw_uid != 0 and entry.pw_dir == str(root)


def is_free(name: str) -> bool:
    """Whether no user and no group has that name."""
    return entry_of(name) is None and name not in {group.gr_name for group in grp.getgrall()}


def entry_of(name: str) -> pwd.struct_passwd | None:
    """None for nobody."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
