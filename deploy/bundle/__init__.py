"""From settings to a target, from a target to what runs, to the files of a release: pure, it only computes."""

from __future__ import annotations

import importlib
from types import ModuleType

from .. import frontends, supervisors
from ..adapters import ADAPTERS
from ..errors import Refused
from ..frontends import fcgiwrap
from ..settings import Settings
from ..site.release import Release, Target
from ..supervisors.program import Program

# The front end that goes with what an adapter speaks first, when FRONTEND is not given.
NATURAL = {"http": "none", "fastcgi": "nginx", "cgi": "apache", "wsgi": "apache"}
STARTED_BY_FRONTEND = ("cgi", "wsgi")  # protocols without a process of their own between front end and application
SOCKET_PATH_LIMIT = 107  # bytes: sun_path in unix(7), less its terminator


def adapter(name: str) -> ModuleType:
    """The room of an adapter; raises Refused for a name that is none."""
    if name not in ADAPTERS:
        raise Refused(f"{name!r} is not an adapter: choose {', '.join(ADAPTERS)}")
    return importlib.import_module(ADAPTERS[name])


def target(name: str, settings: Settings) -> Target:
    """The target that an adapter's name and the settings mean; raises Refused for a pair that cannot work."""
    room = adapter(name)
    frontend = settings.frontend or NATURAL[room.protocols[0]]
    spoken = [each for each in room.protocols if frontends.supports(frontend, each)]
    if not spoken:
        able = [other for other in ("none", *frontends.FRONTENDS) if frontends.protocol(other, room.protocols)]
        raise Refused(f"{name} speaks {' or '.join(room.protocols)}, which front end {frontend!r} does not: "
                      f"choose FRONTEND={', '.join(able)}")  # fmt: skip
    if settings.protocol not in ("", *spoken):
        raise Refused(f"PROTOCOL is {settings.protocol!r}, but between {name} and front end {frontend!r} it may be "
                      f"{' or '.join(spoken)}")  # fmt: skip
    return Target(name, frontend, settings.protocol or spoken[0])


def programs(target: Target, supervisor: str) -> dict[str, str]:
    """The programs that a target needs beside Python, and the Debian package of each."""
    needed: dict[str, str] = dict(adapter(target.adapter).programs)
    if not target.standalone:
        room = frontends.load(target.frontend)
        needed[room.binary] = room.package
    if wrapped(target, supervisor):
        needed[fcgiwrap.binary] = fcgiwrap.package
    return needed


def install(needed: dict[str, str], missing: list[str]) -> str:
    """The command that brings the missing ones of the programs that are needed."""
    return f"apt-get install {' '.join(sorted({needed[name] for name in missing}))}"


def process(release: Release) -> Program | None:
    """What the supervisor runs for the application; None when the front end starts it itself (CGI, mod_wsgi)."""
    settings, target = release.settings, release.target
    if wrapped(target, settings.supervisor):
        at_once = settings.processes * settings.threads  # one request each
        return Program(fcgiwrap.command(), at_once, ("unix", "tcp"), True, "TERM", 0)
    if target.protocol in STARTED_BY_FRONTEND:
        return None
    room = adapter(target.adapter)
    return Program(
        argv=[str(release.python), "-m", "deploy.adapters", target.adapter],
        instances=1 if room.forks else settings.processes,
        inherits=room.inherits,
        blocking=False,
        stop_signal=room.stop_signal,
        announced=settings.processes,
    )


def wrapped(target: Target, supervisor: str) -> bool:
    """Whether fcgiwrap runs CGI scripts: where the front end runs none, or would as its own user, on a host."""
    if target.protocol != "cgi":
        return False
    return supervisors.ROOMS[supervisor].hosted or not frontends.load(target.frontend).cgi


def owner(release: Release) -> str:
    """What listens on the public address: a front end, the supervisor, or a process that cannot share it."""
    running, settings = process(release), release.settings
    if not release.target.standalone:
        return release.target.frontend
    return f"{settings.address}:{settings.port}" if running and running.inherits else release.id
