"""The front ends of a Debian host: the site's file among other sites', checked by the server before it counts."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from ... import frontends
from ...errors import DeployError, Failed
from ...frontends.debian import Debian
from ...machine.files import File, point, remove, write
from ...machine.run import Local, tail
from ...site.release import Root
from .. import systemd

ETC = Path("/etc")
PROGRAM = re.compile(r'\(\("([^"]+)"')  # of a line of ss(8)


def installed() -> list[Debian]:
    """All front ends that there are rooms for, on this host or not."""
    return [frontends.load(name).debian for name in frontends.FRONTENDS]


def name(room: Debian, root: Root) -> str:
    """The site's file, below /etc."""
    return room.available.format(site=systemd.site(root))


def check(host: Local, root: Root, file: File) -> None:
    """Raises Failed unless the server accepts the file among those of all other sites; nothing is changed by it."""
    room, before = _room(root, file.name), _read(file.name)
    try:
        _put(root, file)
        host.run(room.check, timeout=60)
    finally:
        _put(root, before)


def enable(host: Local, root: Root, file: File) -> list[str]:
    """Let the server use the file, now and after a boot; returns the commands that give its unit its former state.

    Raises Failed; the former file is then back in its place.
    """
    room, before = _room(root, file.name), _read(file.name)
    states = {"is-active": "stop", "is-enabled": "disable"}
    back = [undo for asked, undo in states.items() if host.run(["systemctl", asked, room.unit], check=False).returncode]
    try:
        _put(root, file)
        host.run(room.check, timeout=60)
        _control(host, "reload-or-restart", room.unit)
        host.run(["systemctl", "enable", "--quiet", room.unit])
    except DeployError:
        _put(root, before)
        _control(host, "stop" if "stop" in back else "reload-or-restart", room.unit)
        raise
    return back


def disable(host: Local, root: Root, name: str, back: Collection[str] = ()) -> None:
    """Have the server use the site's file no more; other sites go on. `back`: what makes of its unit what it was."""
    room = _room(root, name)
    _put(root, File(name, ""))
    for verb in (*([] if "stop" in back else ["try-restart" if room.keeps else "try-reload-or-restart"]), *back):
        _control(host, verb, room.unit)


def listeners(host: Local, root: Root, port: int, entering: list[File]) -> str:
    """The programs that listen on a port, but for the front ends whose files of the site are `entering`."""
    names = {file.name for file in entering}
    shared = {room.unit.removesuffix(".service") for room in installed() if name(room, root) in names}
    listening = host.run(["ss", "-Hltnp", f"sport = :{port}"]).stdout
    return ", ".join(sorted(set(PROGRAM.findall(listening)) - shared))


def _control(host: Local, verb: str, unit: str) -> None:
    done = host.run(["systemctl", verb, unit], check=False)
    if done.returncode:
        why = host.run(["journalctl", "-q", "--no-pager", "-o", "cat", "-n", "8", "-u", unit]).stdout
        raise Failed(f"systemctl {verb} {unit}: {tail(done.stdout)}\n{why}".rstrip())


def _room(root: Root, path: str) -> Debian:
    return next(room for room in installed() if name(room, root) == path)


def _read(name: str) -> File:
    return File(name, (ETC / name).read_text(encoding="utf-8") if (ETC / name).exists() else "")


def _put(root: Root, file: File) -> None:
    """Make it the site's file; one without content is none."""
    enabled = _room(root, file.name).enabled.format(site=systemd.site(root))
    if file.content:
        write(ETC, [file])
        point(ETC / enabled, ETC / file.name)
    else:
        remove(ETC, [enabled, file.name])
