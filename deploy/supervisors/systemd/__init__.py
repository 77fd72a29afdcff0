"""systemd, the supervisor of hosts: unit files, and the names by which they are started and stopped."""

from __future__ import annotations

import re
import shlex
from types import ModuleType

from ...machine.accounts import WEB_SERVER
from ...machine.files import File
from ...machine.run import ENVIRONMENT
from ...machine.templates import load
from ...site.facts import Facts
from ...site.release import Release, Root
from ..program import Program

requires = ()  # it comes with the host
hosted = True
UNITS = "systemd/system"  # below /etc: where an administrator's units are
ROTATIONS = "logrotate.d"
OFTEN = ((31, "monthly"), (7, "weekly"), (1, "daily"))  # days, and what logrotate calls them
HOMES = ("/home", "/root", "/run/user")  # what ProtectHome hides

_template = load(__package__)


def site(root: Root) -> str:
    """The site's name on its host: of its units, its user and its front-end file."""
    return str(root.path.name)


def mark(root: Root) -> str:
    """How the first line of every file begins that belongs to this ROOT."""
    return f"# {root.path}: "


def names(root: Root) -> str:
    """A regular expression for the names of the site's units, those of a site called blog-2 not being blog's."""
    return rf"{re.escape(site(root))}-(\d{{8}}-\d{{6}}-\d+(@\.service|\.target|\.socket)|[\d.]+-\d+\.socket)"


def processes(release: Release, process: Program, facts: Facts) -> list[File]:
    """The release's processes: a template, an instance a process; a target for all of them; perhaps a socket."""
    name = _name(release)
    private = process.inherits and not release.target.standalone
    hidden = not any(str(path).startswith(HOMES) for path in (release.root.path, *facts.real))
    context = {
        "process": process, "socket": _socket(release) if process.inherits else "", "writable": _writable(release),
        "protect_home": "yes" if hidden else "read-only",
    }  # fmt: skip
    files = [
        _file(release, f"{name}@.service", "application@.service", **context, exec_start=_quoted(process.argv)),
        _file(release, f"{name}.target", "application.target", **context),
    ]
    if private:
        files.append(_file(release, f"{name}.socket", "application.socket", address=release.upstream))
    return files


def public(release: Release) -> File:
    """The public TCP socket, named after its address: it stays while releases and adapters change."""
    return _file(release, _socket(release), "application.socket", address=_address(release))


def frontend(release: Release, room: ModuleType, text: str) -> File:
    """The site's file where Debian's front end looks for it."""
    head = f"{mark(release.root)}release {release.id}, {release.target.adapter}, port {release.settings.port}\n"
    return File(room.debian.available.format(site=site(release.root)), head + text)


def rotation(release: Release, room: ModuleType | None, group: str) -> File:
    """The site's logs, rotated by the host's logrotate; it knows no number of days but a day, a week, a month."""
    often = next(name for least, name in OFTEN if release.settings.log_days >= least)
    text = _template("logrotate.conf").render(
        mark=mark(release.root), release=release, group=group, often=often,
        unit=room.debian.unit if room else "", reopen=room.reopen_signal if room else "",
    )  # fmt: skip
    return File(f"{ROTATIONS}/{site(release.root)}", text)


def _file(release: Release, name: str, template: str, **context: object) -> File:
    root = release.root
    text = _template(template).render(
        mark=mark(root), name=_name(release), site=site(root), release=release, environment=ENVIRONMENT,
        web_server=WEB_SERVER, **context,
    )  # fmt: skip
    return File(f"{UNITS}/{name}", text)


def _writable(release: Release) -> list[str]:
    """What the application writes; a folder of the setting may be missing."""
    root = release.root
    own = [root.data, root.backups, root.requests.parent, root.run]
    return [*map(str, own), *(f"-{each}" for each in release.settings.writable)]


def _name(release: Release) -> str:
    return f"{site(release.root)}-{release.id}"


def _socket(release: Release) -> str:
    if release.target.standalone:
        return f"{site(release.root)}-{_address(release).replace(':', '-')}.socket"
    return f"{_name(release)}.socket"


def _address(release: Release) -> str:
    address = release.settings.address
    return f"{'0.0.0.0' if address == '*' else address}:{release.settings.port}"


def _quoted(argv: list[str]) -> str:
    """An ExecStart line: % is systemd's own."""
    return shlex.join(argv).replace("%", "%%")
