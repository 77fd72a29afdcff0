"""doctor: what is wrong with a site or would hinder its deployment, each finding with its fix."""

from __future__ import annotations

from ..doctor import examine, subject
from ..doctor.finding import WRONG
from ..request import Answer, Request


def run(request: Request) -> Answer:
    """A line for each finding; exit code 1 when something is wrong. Raises Refused when there is nothing to look at."""
    found = examine(subject.of(request))
    lines = [f"{each.level:<8} {name:<12} {each.what}{'; fix: ' * bool(each.fix)}{each.fix}" for name, each in found]
    values = [{"check": name, **each._asdict()} for name, each in found]
    return Answer(lines, int(any(each.level == WRONG for _, each in found)), values)
