"""Whether the site runs as it should, and whether a deployment stands in the way."""

from __future__ import annotations

from collections.abc import Iterator

from .. import state
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
        yield Finding(WRONG, "the site is stopped", subject.make("start"))
        return
    parts = subject.supervisor.processes()
    lame = [f"{name} is {status}" for name, status, _ in parts if status != "active"]
    lame += [f"{name} has no process" for name, status, pids in parts if status == "active" and not pids]
    if lame:
        yield Finding(WRONG, "; ".join(lame), f"{subject.make('stop')} && {subject.make('start')}")
    else:
        yield Finding(OK, f"{subject.settings.supervisor} runs {len(subject.pids)} processes")
