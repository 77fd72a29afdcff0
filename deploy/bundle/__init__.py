"""From settings, target and release to the files of a release: pure, it reads and writes nothing."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

from .. import frontends
from ..adapters import ADAPTERS
from ..errors import Refused
from ..frontends import fcgiwrap
from ..machine.accounts import group
from ..machine.files import File
from ..settings import Settings
from ..site.release import Release, Target
from ..supervisors import circus, systemd
from ..supervisors.program import Process
from . import instance, site

# The front end that goes with what an adapter speaks first, when FRONTEND is not given.
NATURAL = {"http": "none", "fastcgi": "nginx", "cgi": "apache", "wsgi": "apache"}
SUPERVISORS = {"circus": circus, "systemd": systemd}
STARTED_BY_FRONTEND = ("cgi", "wsgi")  # protocols without a process of their own between front end and application
SOCKET_PATH_LIMIT = 107  # bytes: sun_path in unix(7), less its terminator


def adapter(name: str) -> ModuleType:
    """The room of an adapter; raises Refused for a name that is none."""
    if name not in ADAPTERS:
        raise Refused(f"{name!r} is no adapter: choose {', '.join(ADAPTERS)}")
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


def process(release: Release) -> Process | None:
    """What the supervisor runs for the application; None when the front end starts it itself (CGI, mod_wsgi)."""
    settings, target = release.settings, release.target
    if wrapped(target, settings.supervisor):
        at_once = settings.processes * settings.threads  # one request each
        return Process(fcgiwrap.command(), at_once, ("unix", "tcp"), True, "TERM", 0)
    if target.protocol in STARTED_BY_FRONTEND:
        return None
    room = adapter(target.adapter)
    return Process(
        argv=[str(release.python), "-m", "deploy.adapters", target.adapter],
        instances=1 if room.forks else settings.processes,
        inherits=room.inherits,
        blocking=False,
        stop_signal=room.stop_signal,
        announced=settings.processes,
    )


def wrapped(target: Target, supervisor: str) -> bool:
    """Whether fcgiwrap runs CGI scripts: when the front end runs none; on a host, where it would as its own user."""
    return target.protocol == "cgi" and (supervisor == "systemd" or not frontends.load(target.frontend).cgi)


def _log(release: Release) -> str | int:
    """Where a script's output goes; what starts scripts waits for the end of that, and children may go on."""
    if release.target.protocol != "cgi":
        return ""
    return (
        fcgiwrap.LOG if wrapped(release.target, release.settings.supervisor) else f"{release.root.logs}/application.log"
    )


def owner(release: Release) -> str:
    """Who listens on the public address: a front end, the supervisor, or a process that can share it with no other."""
    running, settings = process(release), release.settings
    if not release.target.standalone:
        return release.target.frontend
    return f"{settings.address}:{settings.port}" if running and running.inherits else release.id


def build(release: Release, project: Path, token: str = "") -> list[File]:
    """Every file that is rendered into the release, below its folder; `token`: what the site's own requests know."""
    private = 0o640 if release.user else 0o600  # the group of the release's folders is the site's user's
    return [
        File("instance/serve.json", _json(instance.options(release, token, _log(release))._asdict()), private),
        File("instance/config.json", _json(instance.config(release, project)), private),
        File("instance/deploy.json", release.as_json()),
        *(File(f"frontend/{file.name}", file.content, file.mode) for file in _frontend(release, project)),
        *(File(f"supervisor/{file.name}", file.content, file.mode) for file in fragments(release, project)),
        *_rotation(release),
        *entry_files(release, project),
    ]


def fragments(release: Release, project: Path | None = None) -> list[File]:
    """What the supervisor runs for the release: its processes, whoever listens on the public address; on a host, too,
    how its logs are begun anew.

    `project`: where the code is, while the release has yet to be made.
    """
    hosted = release.settings.supervisor == "systemd"
    return [*processes(release), *public(release, project), *([_logrotate(release)] if hosted else [])]


def processes(release: Release) -> list[File]:
    """What the supervisor runs for the application."""
    running = process(release)
    return _supervisor(release).processes(release, running) if running else []


def public(release: Release, project: Path | None = None) -> list[File]:
    """Who listens on the public address, if not the application's processes by themselves."""
    supervisor, running = _supervisor(release), process(release)
    if release.target.standalone:
        return [supervisor.public(release)] if running and running.inherits else []
    conf, *_ = _frontend(release, project or release.folder)
    return [supervisor.frontend(release, frontends.load(release.target.frontend), conf.content)]


def entry_files(release: Release, project: Path) -> list[File]:
    """The CGI script with the release's interpreter in its first line: the web server executes it directly."""
    path = project / "yourapplication.cgi"
    if not path.exists():
        return []
    _, _, body = path.read_text(encoding="utf-8").partition("\n")
    return [File("yourapplication.cgi", f"#!{release.python}\n{body}", 0o755)]


def _frontend(release: Release, project: Path) -> list[File]:
    return site.files(release, project, wrapped(release.target, release.settings.supervisor))


def _rotation(release: Release) -> list[File]:
    """What Circus's own rotation of logs goes by."""
    if release.settings.supervisor != "circus":
        return []
    room = _room(release)
    return [File("supervisor/rotation.json", circus.rotation(release, room.reopen_signal if room else ""))]


def _logrotate(release: Release) -> File:
    return systemd.rotation(release, _room(release), group(release.user))


def _room(release: Release) -> ModuleType | None:
    return None if release.target.standalone else frontends.load(release.target.frontend)


def _supervisor(release: Release) -> ModuleType:
    return SUPERVISORS[release.settings.supervisor]


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, indent=2) + "\n"
