"""Whether the site runs as it should, and whether a deployment stands in the way."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator

from ..cli.advice import command
from ..cli.tables import duration
from ..machine import processes
from ..site import journal
from ..site import lock as locks
from ..supervisors.circus import survivors
from .finding import OK, WARNING, WRONG, Finding, hinders
from .subject import Subject

TOLERANCE = 3  # seconds


def lock(subject: Subject) -> Iterator[Finding]:
    """A deployment that is under way, or died."""
    said = locks.told(subject.root)
    if not said:
        return
    holder = locks.holder(subject.root)
    waits = f"tail --pid={holder.pid} -f /dev/null" if holder and holder.alive else subject.deploy
    yield Finding(WARNING, said, waits)


def supervisor(subject: Subject) -> Iterator[Finding]:
    """Every part that it runs is active."""
    if subject.release is None:
        return
    if not subject.runs and survivors.groups(subject.root):
        what = "the site serves, but its supervisor was killed: a process that crashes now stays down"
        yield Finding(WRONG, what, command(subject.root, "start"))
        return
    if not subject.runs:
        yield Finding(WRONG, "the site is stopped", command(subject.root, "start"))
        return
    parts = subject.supervisor.processes()
    lame = [f"{part.name} is {part.state}" for part in parts if part.state != "active"]
    lame += [f"{part.name} has no process" for part in parts if part.state == "active" and not part.pids]
    yield from _restarted(subject, parts)
    if lame:
        yield Finding(WRONG, "; ".join(lame), f"{command(subject.root, 'stop')} && {command(subject.root, 'start')}")
    else:
        yield Finding(OK, f"{subject.settings.supervisor} runs {len(subject.pids)} processes")


def change(subject: Subject) -> Iterator[Finding]:
    """Another supervisor than the one that runs the site: two would contend for its address."""
    before, now = subject.serving, subject.settings.supervisor
    if before and before.settings.supervisor != now:
        yield hinders(f"SUPERVISOR is {now!r}, but {subject.root.path} runs under {before.settings.supervisor}",
                      "stop it first")  # fmt: skip


def again(subject: Subject) -> Iterator[Finding]:
    """A release that an artifact brings, and that has been live here."""
    name = subject.name
    if name in journal.good(subject.root):
        yield hinders(f"release {name} has been live here already", f"rollback RELEASE={name} puts it live again")


def _restarted(subject: Subject, parts: list[processes.Part]) -> Iterator[Finding]:
    """A process that is younger than what is live took the place of one that died."""
    lines = [line for line in journal.read(subject.root) if line["result"] == journal.LIVE]
    if not lines:
        return
    when = datetime.datetime.strptime(lines[-1]["when"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=datetime.UTC)
    age = time.time() - when.timestamp()
    for part in parts:
        for seen in filter(None, map(processes.look, part.pids)):
            if seen.uptime < age - TOLERANCE:
                what = f"process {seen.pid} of {part.name} was started again {duration(seen.uptime)} ago"
                yield Finding(WARNING, what, command(subject.root, "logs"))
