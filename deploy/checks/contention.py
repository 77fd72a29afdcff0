"""Which server will have a host's ports after the site has moved to them: their own files say so beforehand."""

from __future__ import annotations

import re
from typing import NamedTuple

from .. import frontends, supervisors
from ..frontends.debian import Opening
from ..machine.run import Local
from ..machine.sockets import overlap
from ..settings import Settings
from ..site.release import Release, Root, Target

NONE = "none"
SYSTEMD = "systemd"  # holds the sockets of what serves alone; ss names the first of their holders
PROGRAM = re.compile(r'\(\("([^"]+)"')  # of a line of ss(8)


class Conflict(NamedTuple):
    """What is in the way, and the command that mends it."""

    what: str
    fix: str


def conflict(host: Local, root: Root, settings: Settings, target: Target, previous: Release | None) -> Conflict | None:
    """What would keep the target from the ports that it takes: known before anything is changed; None on this machine.

    A front end that the site leaves goes on listening where another of its sites does, such as Debian's default one.
    One that is started for the site opens what the rest of its configuration names, too.
    """
    if not supervisors.ROOMS[settings.supervisor].hosted:
        return None
    site, left = root.path.name, previous.target.frontend if previous else NONE
    kept = frontends.load(left).debian.openings(site) if left not in (NONE, target.frontend) else []
    for other in kept:
        if other.port == settings.port and overlap(other.address, settings.address):
            return Conflict(f"PORT is {other.port}, where {left} goes on listening for {other.path}", other.frees)
    if target.frontend == NONE:
        return None
    room = frontends.load(target.frontend).debian
    if host.run(["systemctl", "is-active", room.unit], check=False).returncode == 0:
        return None
    for other in room.openings(site):
        holders = _listening(host, other.port) - _leaving(other.port, kept, previous)
        if holders and other.port != settings.port:
            who = f"{target.frontend} is started for the site and wants port {other.port} for {other.path}"
            return Conflict(f"{who}, which {', '.join(sorted(holders))} has", other.frees)
    return None


def _listening(host: Local, port: int) -> set[str]:
    return set(PROGRAM.findall(host.run(["ss", "-Hltnp", f"sport = :{port}"]).stdout))


def _leaving(port: int, kept: list[Opening], previous: Release | None) -> set[str]:
    """The program that listens there for the site alone, which leaves."""
    if previous is None or previous.settings.port != port or any(other.port == port for other in kept):
        return set()
    return {SYSTEMD if previous.target.standalone else frontends.load(previous.target.frontend).binary}
