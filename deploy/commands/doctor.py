"""doctor: what is wrong with a site or would hinder its deployment, each finding with its fix."""

from __future__ import annotations

from ..checks import examine, subject
from ..checks.finding import WRONG, lines, values
from ..cli.request import Answer, Request


def run(request: Request) -> Answer:
    """A line for each finding; exit code 1 when something is wrong. Raises Refused when there is nothing to look at."""
    found = examine(subject.of(request))
    return Answer(lines(found), int(any(each.level == WRONG for _, each in found)), values(found))
