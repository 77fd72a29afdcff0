"""From settings, target and release to the files of a release: pure, it reads and writes nothing."""

from __future__ import annotations

import grp
import importlib
import json
import pwd
from pathlib import Path
from types import ModuleType
from typing import Any

from . import frontends, instance
from .adapters import ADAPTERS
from .errors import Refused
from .files import File
from .release import Release, Target
from .settings import Settings
from .supervisors import circus
from .supervisors.process import Process

# The front end that goes with what an adapter speaks first, when FRONTEND is not given.
NATURAL = {"http": "none", "fastcgi": "nginx", "cgi": "apache", "wsgi": "apache"}
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
    protocol = frontends.protocol(frontend, room.protocols)
    if protocol is None:
        able = [other for other in ("none", *frontends.FRONTENDS) if frontends.protocol(other, room.protocols)]
        raise Refused(f"{name} speaks {' or '.join(room.protocols)}, which front end {frontend!r} does not: "
                      f"choose FRONTEND={', '.join(able)}")  # fmt: skip
    return Target(name, frontend, protocol)


def programs(target: Target) -> dict[str, str]:
    """The programs that a target needs beside Python, and the Debian package of each."""
    needed: dict[str, str] = dict(adapter(target.adapter).programs)
    if not target.standalone:
        room = frontends.load(target.frontend)
        needed[room.binary] = room.package
        if target.protocol in room.companions:
            needed[room.companions[target.protocol]({"processes": 1})[0]] = room.packages[target.protocol]
    return needed


def process(release: Release) -> Process | None:
    """What the supervisor runs for the application; None when the front end starts it itself (CGI, mod_wsgi)."""
    settings, target = release.settings, release.target
    companions = {} if target.standalone else frontends.load(target.frontend).companions
    if target.protocol in companions:
        return Process(companions[target.protocol]({}), settings.processes, True, True, "TERM", 0)
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


def owner(release: Release) -> str:
    """Who listens on the public address: a front end, the supervisor, or a process that can share it with no other."""
    running, settings = process(release), release.settings
    if not release.target.standalone:
        return release.target.frontend
    return f"{settings.address}:{settings.port}" if running and running.inherits else release.id


def build(release: Release, project: Path, mod_wsgi: str = "") -> list[File]:
    """Every file that is rendered into the release, below its folder."""
    return [
        File("instance/serve.json", _json(instance.options(release)._asdict())),
        File("instance/config.json", _json(instance.config(release, project))),
        File("instance/deploy.json", release.as_json()),
        *(File(f"frontend/{file.name}", file.content, file.mode) for file in frontend(release, project, mod_wsgi)),
        *(File(f"supervisor/{file.name}", file.content, file.mode) for file in fragments(release)),
        *entry_files(release, project),
    ]


def static_folder(folder: Path, application: str) -> Path | None:
    """Where a package in `folder` keeps its static files, if it has any."""
    static = folder / application.partition(":")[0].partition(".")[0] / "static"
    return static if static.is_dir() else None


def frontend(release: Release, project: Path, mod_wsgi: str) -> list[File]:
    """The front end's configuration; none when the adapter is what clients reach."""
    if release.target.standalone:
        return []
    settings, root = release.settings, release.root
    found = static_folder(project, settings.application)
    static = release.folder / found.relative_to(project) if found else ""
    context = {
        **{name: getattr(settings, name) for name in Settings.model_fields},
        "adapter": release.target.adapter, "protocol": release.target.protocol,
        "mount": settings.prefix, "upstream": release.upstream,
        "upstream_is_unix": release.upstream.startswith("/"), "release": release.id, "code": str(release.folder),
        "venv": str(release.venv), "mod_wsgi": mod_wsgi, "static": str(static), "user": release.user,
        "group": group(release.user), "run": str(root.run / "frontend"), "logs": str(root.logs),
    }  # fmt: skip
    return frontends.render(release.target.frontend, release.target.protocol, context)


def fragments(release: Release) -> list[File]:
    """What the supervisor runs for the release: its processes, and whoever listens on the public address."""
    return [*processes(release), *public(release)]


def processes(release: Release) -> list[File]:
    """What the supervisor runs for the application."""
    running = process(release)
    if running is None:
        return []
    socket = "public" if release.target.standalone else release.id
    return [circus.application(release, running, socket if running.inherits else "")]


def public(release: Release) -> list[File]:
    """Who listens on the public address, if not the application's processes by themselves."""
    running, target = process(release), release.target
    if target.standalone:
        return [circus.public(release)] if running and running.inherits else []
    room = frontends.load(target.frontend)
    config = str(release.root.current / "frontend" / "server.conf")
    return [circus.frontend(release, room.start(room.binary, config), room.stop_signal)]


def entry_files(release: Release, project: Path) -> list[File]:
    """The CGI script with the release's interpreter in its first line: the web server executes it directly."""
    path = project / "yourapplication.cgi"
    if not path.exists():
        return []
    _, _, body = path.read_text(encoding="utf-8").partition("\n")
    return [File("yourapplication.cgi", f"#!{release.python}\n{body}", 0o755)]


def group(user: str) -> str:
    """The name of a user's own group; empty for no user."""
    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name if user else ""


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, indent=2) + "\n"
