"""Users and groups of this machine, by name."""

from __future__ import annotations

import grp
import os
import pwd

WEB_SERVER = "www-data"  # the user of Debian's front ends
NOBODY = "nobody"  # as unprivileged as a site's user, before that one is made


def user_name(uid: int | None = None) -> str:
    """The name of a user, by default the one who runs this; the number of a user without a name, as in many
    containers."""
    number = os.geteuid() if uid is None else uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def group(user: str) -> str:
    """The name of a user's own group; empty for no user."""
    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name if user else ""
