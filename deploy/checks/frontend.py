"""The front end and the other programs that a target needs: there, and content with their configuration."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from .. import bundle, frontends
from ..errors import Refused
from ..machine.run import tail
from ..supervisors.systemd import units
from . import refusals
from .finding import OK, WARNING, WRONG, Finding
from .subject import Subject

SECONDS = 60
DROP_IN = (
    "mkdir -p /etc/systemd/system/{unit}.d && "
    "printf '[Service]\\nRestart=on-failure\\n' > /etc/systemd/system/{unit}.d/restart.conf && systemctl daemon-reload"
)


def programs(subject: Subject) -> Iterator[Finding]:
    """What Debian packages would bring."""
    needed = bundle.programs(subject.target, subject.settings.supervisor)
    host = dataclasses.replace(subject.host, user=subject.user)
    try:
        python = subject.release.python if subject.release else refusals.interpreter(subject.settings, host)
    except Refused:
        return  # which is a finding of its own
    missing = refusals.missing(host, needed, python)
    if missing:
        yield Finding(WRONG, f"{', '.join(missing)} missing on this machine", bundle.install(needed, missing))
    elif needed:
        yield Finding(OK, f"{', '.join(needed)} found")


def configuration(subject: Subject) -> Iterator[Finding]:
    """The live release's configuration, read by the server itself."""
    release = subject.release
    if release is None or release.target.standalone:
        return
    room = frontends.load(release.target.frontend)
    binary = subject.host.find(room.binary)
    if binary is None:
        return
    hosted = release.settings.supervisor == "systemd"
    path = f"/etc/{room.debian.available}" if hosted else str(release.folder / "frontend" / "server.conf")
    path = path.format(site=release.root.path.name)
    words = room.debian.check if hosted else room.check(binary, path)
    done = subject.host.run(words, check=False, timeout=SECONDS)
    if done.returncode:
        said = " ".join(tail(done.stdout, 3).split())
        yield Finding(WRONG, f"{room.binary} refuses {path}: {said}", subject.deploy)
    else:
        yield Finding(OK, f"{room.binary} accepts {path}")


def restart(subject: Subject) -> Iterator[Finding]:
    """Whether a host's front end comes back when it was killed: Debian's nginx.service does not say so."""
    if subject.settings.supervisor != "systemd" or subject.target.standalone:
        return
    room = frontends.load(subject.target.frontend)
    unit = room.debian.unit
    if subject.host.find(room.binary) is None:
        return
    if units.control(subject.host, "show", "--value", "--property=Restart", unit) == "no":
        what = f"{unit} has no Restart=: killed, it stays down, with all its sites"
        yield Finding(WARNING, what, DROP_IN.format(unit=unit))
    else:
        yield Finding(OK, f"{unit} is started again when it is killed")
