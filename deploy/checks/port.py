"""The public port: held by the site, free for it, or somebody else's."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

from ..errors import Refused
from ..machine import processes, sockets
from ..site import ask
from ..site.release import kept
from . import contention, hosted
from .finding import OK, WRONG, Finding
from .subject import Subject

SECONDS = 5


def port(subject: Subject) -> Iterator[Finding]:
    """Who listens on it, and on a host, who will."""
    where = (subject.host, subject.root, subject.settings, subject.target)
    if found := contention.conflict(*where, subject.release if subject.runs else None):
        yield Finding(WRONG, found.what, found.fix)
        return
    address, number = subject.settings.address, subject.settings.port
    inodes = sockets.listening(address, number)
    ours = set(sockets.holders(inodes)) & set(subject.pids)
    if ours and subject.release and (foreign := sockets.others(address, number, subject.release.settings.address)):
        inodes, ours = foreign, set[int]()
    pids = sockets.holders(inodes)
    if not ours and inodes and (answers := _answers(subject)):
        yield Finding(OK, f"{address}:{number} is answered by the site, release {answers}")
    elif ours:
        yield Finding(OK, f"{address}:{number} is held by the site, process {min(ours)}")
    elif inodes and (shared := _shared(subject)):
        yield shared
    elif inodes:
        names = ", ".join(f"{pid} ({_program(pid)})" for pid in pids) or "of another user"
        other = f"{subject.deploy} PORT={sockets.free_port(address_of(address))}"
        ends = f"kill {pids[0]}, or " if pids else ""
        yield Finding(WRONG, f"{address}:{number} is held by process {names}", ends + other)
    elif error := sockets.bind_error(address_of(address), number):
        yield Finding(WRONG, f"{address}:{number} cannot be listened on: {error}", _instead(subject, error))
    elif subject.runs and _lives_there(subject):
        yield Finding(WRONG, f"nothing listens on {address}:{number} though the site runs", subject.deploy)
    else:
        yield Finding(OK, f"{address}:{number} is free")


def address_of(address: str) -> str:
    """An address that can be bound."""
    return "0.0.0.0" if address == "*" else address


def _answers(subject: Subject) -> str | None:
    """The release of this site that answers there: also when the socket belongs to the host's own web server."""
    release = subject.release
    if release is None or not _lives_there(subject):
        return None
    try:
        found = ask.get(release, release.settings.prefix + release.settings.ready_path, SECONDS).release
    except (OSError, http.client.HTTPException):
        return None
    return found if found in {other.id for other in kept(release.root)} else None


def _lives_there(subject: Subject) -> bool:
    """Whether the live release has the address, and not another one than is asked for."""
    live, asked = subject.release and subject.release.settings, subject.settings
    return bool(live and (live.address, live.port) == (asked.address, asked.port))


def _shared(subject: Subject) -> Finding | None:
    """On a host its front end may have the port, for other sites."""
    frontend, place = subject.target.frontend, f"{subject.settings.address}:{subject.settings.port}"
    try:
        shared = hosted.shares_port(subject.host, subject.settings, subject.target)
    except Refused as refusal:
        return Finding(WRONG, str(refusal).partition(": say")[0], f"{subject.deploy} SERVER_NAME=www.example.org")
    return Finding(OK, f"{place} is held by {frontend}, which serves other sites there too") if shared else None


def _instead(subject: Subject, error: str) -> str:
    setting = "PORT=8080" if "ermission" in error else "ADDRESS=127.0.0.1"
    return f"{subject.deploy} {setting}"


def _program(pid: int) -> str:
    return processes.command(pid).split(b"\0")[0].decode("utf-8", "replace") or "ended"
