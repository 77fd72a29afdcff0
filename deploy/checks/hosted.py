"""What is refused before anything is changed when systemd is the supervisor, on a host that may have other sites."""

from __future__ import annotations

import dataclasses
import os
import pwd
import re
from pathlib import Path

from .. import frontends
from ..errors import Refused
from ..machine.run import Local
from ..settings import Settings
from ..site.release import Root, Target
from ..supervisors.systemd.running import Systemd

BOOTED = Path("/run/systemd/system")  # sd_booted(3)
NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")  # what useradd takes
ASSIGNED = 100  # below it are the users that are the same on every Debian (Debian Policy 9.2.2)
PRIVATE = (Path("/tmp"), Path("/var/tmp"))  # every service has its own


def site_user(host: Local, root: Root, settings: Settings) -> str:
    """Who runs the application, by default a user named after the site; raises Refused when systemd cannot run it."""
    name = root.path.name
    if os.geteuid() != 0 or not BOOTED.is_dir():
        why = "only root can use" if BOOTED.is_dir() else "does not run on this machine"
        raise Refused(f"SUPERVISOR is 'systemd', which {why}: choose SUPERVISOR=circus")
    if not NAME.fullmatch(name):
        raise Refused(f"ROOT is {root.path}, whose last part names the site's units and user: it may have small "
                      "letters, digits, - and _, 31 at most, a letter first")  # fmt: skip
    if any(folder in root.path.parents for folder in PRIVATE):
        raise Refused(f"ROOT is {root.path}, which no service can see: each has a /tmp of its own; choose /srv/{name}")
    ours = dataclasses.replace(host, user=settings.user or name)
    if not settings.user and ours.knows_user() and pwd.getpwnam(name).pw_uid < ASSIGNED:
        raise Refused(f"ROOT is {root.path}, whose last part names the site's user, and {name} is one of Debian's own: "
                      "choose another ROOT")  # fmt: skip
    if settings.user and not ours.knows_user():
        raise Refused(f"USER is {settings.user!r}, who is no user of this machine")
    existing = next(folder for folder in (root.path, *root.path.parents) if folder.exists())
    if ours.run(["test", "-x", existing], as_user=True, check=False).returncode:
        raise Refused(f"ROOT is {root.path}, but {existing} cannot be entered by {ours.user}: choose /srv/{name}")
    Systemd(host, root, None).refuse()
    return ours.user


def shares_port(host: Local, settings: Settings, target: Target) -> bool:
    """Whether the front end listens on the public port already, for other sites."""
    if settings.supervisor != "systemd" or target.standalone:
        return False
    binary = frontends.load(target.frontend).binary
    listening = host.run(["ss", "-Hltnp", f"sport = :{settings.port}"]).stdout.splitlines()
    shared = bool(listening) and all(f'"{binary}"' in line for line in listening)
    if shared and not settings.names:
        raise Refused(f"PORT is {settings.port}, where {target.frontend} serves other sites: say this one's name, "
                      "as SERVER_NAME=www.example.org")  # fmt: skip
    return shared
