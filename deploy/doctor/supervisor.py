"""Whether the site runs as it should, and whether a deployment stands in the way."""

from __future__ import annotations

from collections.abc import Iterator

from .. import state
from ..advice import command
from ..steps import lock as locking
from .finding import OK, WARNING, WRONG, Finding
from .subject import Subject


def lock(subject: Subject) -> Iterator[Finding]:
    """A deployment that is under way, or died."""
    said = state.deployment(subject.root)
    if not said:
        return
    holder = locking.holder(subject.root)
    waits = f"tail --pid={holder.pid} -f /dev/null" if holder and holder.alive else subject.deploy
    yield Finding(WARNING, said, waits)


def supervisor(subject: Subject) -> Iterator[Finding]:
    """Every part that it runs is active."""
    if subject.release is None:
        return
    if not subject.runs:
        yield Finding(WRONG, "the site is stopped", command(subject.root, "start"))
        return
    parts = subject.supervisor.processes()
    lame = [f"{part.name} is {part.state}" for part in parts if part.state != "active"]
    lame += [f"{part.name} has no process" for part in parts if part.state == "active" and not part.pids]
    if lame:
        yield Finding(WRONG, "; ".join(lame), f"{command(subject.root, 'stop')} && {command(subject.root, 'start')}")
    else:
        yield Finding(OK, f"{subject.settings.supervisor} runs {len(subject.pids)} processes")
