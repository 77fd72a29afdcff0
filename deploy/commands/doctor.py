"""doctor: what is wrong with a site or would hinder its deployment, each finding with its fix."""

from __future__ import annotations

from ..checks import examine, subject
from ..checks.finding import WRONG, Finding
from ..cli.request import Answer, Request


def run(request: Request) -> Answer:
    """A line for each finding; exit code 1 when something is wrong. Raises Refused when there is nothing to look at."""
    found = examine(subject.of(request))
    values = [{"check": name, **each._asdict()} for name, each in found]
    return Answer(lines(found), int(any(each.level == WRONG for _, each in found)), values)


def lines(found: list[tuple[str, Finding]]) -> list[str]:
    """Findings with the name of their check, for people."""
    return [f"{each.level:<8} {name:<12} {each.what}{'; fix: ' * bool(each.fix)}{each.fix}" for name, each in found]
