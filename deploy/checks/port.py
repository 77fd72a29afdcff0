"""The public port: held by the site, free for it, or somebody else's."""

from __future__ import annotations

import errno
import http.client
import os
from collections.abc import Iterator

from ..machine import processes, sockets
from ..site import ask, journal, lock
from ..site.on_disk import kept
from ..supervisors.circus import survivors
from . import contention
from .finding import OK, WRONG, Finding
from .subject import Subject

SECONDS = 5
FORBIDDEN = os.strerror(errno.EACCES)
IN_USE = os.strerror(errno.EADDRINUSE)  # by the live release perhaps, which leaves it then, at another address too
PORTS_FAULT = (IN_USE, FORBIDDEN)  # not the address's


def port(subject: Subject) -> Iterator[Finding]:
    """What listens on the port, and on a host, what will."""
    if wrong := list(hindrance(subject)):
        yield from wrong
        return
    place, inodes = _place(subject), sockets.listening(subject.settings.address, subject.settings.port)
    ours = set(sockets.holders(inodes)) & set(subject.pids)
    if ours:
        yield Finding(OK, f"{place} is held by the site, process {min(ours)}")
    elif inodes and (answers := _answers(subject)):
        yield Finding(OK, f"{place} is answered by the site, release {answers}")
    elif inodes and subject.supervisor.shares_port(subject.settings, subject.target):
        yield Finding(OK, f"{place} is held by {subject.target.frontend}, which serves other sites there too")
    elif inodes:
        yield _held(subject, inodes)
    elif subject.runs and _lives_there(subject):
        yield Finding(WRONG, f"nothing listens on {place} though the site runs", subject.deploy)
    else:
        yield Finding(OK, f"{place} is free")


def hindrance(subject: Subject) -> Iterator[Finding]:
    """Nobody can listen on the public address, or another does; a host's front end may, for other sites."""
    settings, target, before = subject.settings, subject.target, subject.serving
    if _left(subject):
        return
    if found := contention.conflict(subject.host, subject.root, settings, target, before):
        refusal = f"{found.what}: {found.fix}, or choose another PORT or FRONTEND"
        yield Finding(WRONG, found.what, found.fix, refusal)
        return
    error, inodes = sockets.bind_error(_bindable(settings.address), settings.port), list[str]()
    if before and before.settings.port == settings.port and error == IN_USE:
        inodes = sockets.others(settings.address, settings.port, before.settings.address)
        error = error if inodes else None
    if error is None:
        return
    if subject.supervisor.shares_port(settings, target):
        if not settings.names:
            what = f"PORT is {settings.port}, where {target.frontend} serves other sites"
            yield Finding(WRONG, what, f"{subject.deploy} SERVER_NAME=www.example.org",
                          f"{what}: say this one's name, as SERVER_NAME=www.example.org")  # fmt: skip
        return
    if error in PORTS_FAULT:
        refusal = (f"PORT is {settings.port}, which cannot be listened on at {settings.address} ({error}): "
                   "choose another")  # fmt: skip
    else:
        refusal = (f"ADDRESS is {settings.address!r}, which cannot be listened on ({error}): choose 127.0.0.1, "
                   "0.0.0.0 or another one of this machine")  # fmt: skip
    inodes = inodes or sockets.listening(settings.address, settings.port)
    if inodes:
        yield _held(subject, inodes)._replace(refusal=refusal)
    else:
        other = "PORT=8080" if error == FORBIDDEN else "ADDRESS=127.0.0.1"
        yield Finding(WRONG, f"{_place(subject)} cannot be listened on: {error}", f"{subject.deploy} {other}", refusal)


def _left(subject: Subject) -> bool:
    """Whether what was killed may listen there: the next deployment ends it when it has the lock, and asks then."""
    holder = lock.holder(subject.root)
    if holder and holder.alive and holder.pid == os.getpid():
        return False
    return journal.unfinished(subject.root) is not None or (
        subject.serving is None and bool(survivors.groups(subject.root))
    )


def _held(subject: Subject, inodes: list[str]) -> Finding:
    """By another."""
    pids = sockets.holders(inodes)
    names = ", ".join(f"{pid} ({_program(pid)})" for pid in pids) or "of another user"
    other = f"{subject.deploy} PORT={sockets.free_port(_bindable(subject.settings.address))}"
    ends = f"kill {pids[0]}, or " if pids else ""
    return Finding(WRONG, f"{_place(subject)} is held by process {names}", ends + other)


def _place(subject: Subject) -> str:
    return f"{subject.settings.address}:{subject.settings.port}"


def _bindable(address: str) -> str:
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


def _program(pid: int) -> str:
    return processes.command(pid).split(b"\0")[0].decode("utf-8", "replace") or "ended"
