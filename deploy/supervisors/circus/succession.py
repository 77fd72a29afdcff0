"""A Circus in the place of one that was killed, without a gap: it inherits the listening sockets, and what was left
finishes what it has begun when the same runs anew beside it."""

from __future__ import annotations

import os
import signal
import time

from ... import frontends
from ...machine import sockets
from ...machine.processes import await_end
from ...site.release import Release, Root
from .. import fragments
from . import inheriting, survivors
from .supervisor import Circus

PAUSE = 0.005  # seconds


def take_over(supervisor: Circus, root: Root, release: Release, announced: int) -> None:
    """Let it run `release`, of which `announced` processes say that they are ready. Raises DeployError when they do
    not; what was left then serves on.

    Apache opens its listening socket itself: its clients are refused for a moment, until the new one listens. Where the
    kernel gives no sockets away, what was left is killed first.
    """
    room = None if release.target.standalone else frontends.load(release.target.frontend)
    leaders, patience = survivors.groups(root), release.settings.graceful_timeout
    if not _gives(leaders):
        survivors.end(root)
        leaders = set()
    opens = bool(leaders and room and not room.inherits)
    first = fragments.processes(release) if opens else fragments.of(release)
    try:
        supervisor.start(first, release, announced)
    except BaseException:
        _step_back(supervisor, root, leaders)
        raise
    if opens:
        survivors.stop(root, [each for each in leaders if survivors.is_frontend(root, each)], patience)
        _await_port(release, patience)
        supervisor.apply(fragments.of(release), patience)
    survivors.finish(root, leaders, patience)


def _gives(leaders: set[int]) -> bool:
    """Whether the kernel gives away what they listen on."""
    found = inheriting.listening(sorted(leaders))
    for descriptor in found.values():
        os.close(descriptor)
    return bool(found)


def _step_back(supervisor: Circus, root: Root, leaders: set[int]) -> None:
    """Only what was left runs again: nothing that Circus would remove in its end, as their sockets, is removed."""
    number = supervisor.pid()
    if number:
        os.kill(number, signal.SIGKILL)
        await_end([number], survivors.SECONDS)
    survivors.kill(survivors.groups(root) - leaders)


def _await_port(release: Release, seconds: int) -> None:
    address, port = release.settings.address, release.settings.port
    deadline = time.monotonic() + seconds
    while sockets.bind_error("0.0.0.0" if address == "*" else address, port) and time.monotonic() < deadline:
        time.sleep(PAUSE)
