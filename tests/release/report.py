"""python -m tests.release.report: docs/swaps.md, and the figures in README, from the last run of tests/release."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from deploy import frontends
from deploy.adapters import ADAPTERS

from ..contract.targets import STANDALONE
from . import results
from .limits import LIMITS
from .load import Result

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "swaps.md"
QUOTED = ("README.md", "docs/measured.md")  # say the figures too
SUMMARY = re.compile(r"\d+ changes, \d+ requests, \d+ failed")
INTRODUCTION = """\
# Swaps under load

Each adapter is replaced by each other one, and by a new release of itself (the diagonal), with `python -m deploy up`:
two processes each, behind each front end and alone. Clients use the site meanwhile. Two open a connection for each
page. One keeps its connection for pages and for 1 MiB uploads, whose answers prove what arrived. One reads streamed
answers. One sends and reads in drops. On the diagonal one sends a request as long as `graceful_timeout` (5 s), for
each protocol.
A cell is requests / failed / longest wait for the first byte of an answer.

A request has failed when its connection was refused, or closed before the answer; when the answer was cut, wrong or a
5xx; and when a release answered that had gone before the request began. After `up` has returned, only the new release
may answer. Before a client uses a connection again, it looks whether the server has closed it. Where the two cross, a
GET is asked again (RFC 9112 9.3.1), and a POST has failed. After a `kill -9` only requests that began later count:
what the killed process was answering is lost by nature. After the kill of a front end's master, requests count from
its successor's first answer on.

Written by `make swaps`.
"""


def cell(result: Result | None) -> str:
    """One change, as short as it gets."""
    return f"{result.requests} / {len(result.failures)} / {result.stall:.2f} s" if result else ""


def table(found: results.Found) -> list[str]:
    """Old adapters down, new ones across; then what else was tried."""
    able = [name for name in ADAPTERS if f"{name} {name}" in found]
    lines = ["| from \\ to |" + "".join(f" {name} |" for name in able), "|---|" + "---|" * len(able)]
    lines += [f"| **{old}** |" + "".join(f" {cell(found.get(f'{old} {new}'))} |" for new in able) for old in able]
    others = {name: result for name, result in found.items() if not set(name.split()) <= set(able)}
    failed = [f"- {name} failed: {failure}" for name, result in found.items() for failure in result.failures]
    return [*lines, "", *(f"- {name}: {cell(result)}" for name, result in others.items()), *failed]


def page(every: dict[str, results.Found], commits: list[str]) -> str:
    """The whole page."""
    changes = [result for found in every.values() for result in found.values()]
    requests, again = sum(each.requests for each in changes), sum(each.asked_again for each in changes)
    failed, stall = sum(len(each.failures) for each in changes), max(each.stall for each in changes)
    lines = [f"{len(changes)} changes, {requests} requests, {failed} failed; {again} GETs were asked again; "
             f"the longest wait was {stall:.2f} s. Measured on commit {', '.join(commits)}."]  # fmt: skip
    for name in (*frontends.FRONTENDS, STANDALONE):
        lines += ["", f"## {'Alone' if name == STANDALONE else f'Behind {name}'}", "", *table(every[name])]
    lines += ["", "## The limits", ""]
    lines += ["| front end | from, to | what may fail | why |", "|---|---|---|---|"]
    lines += [f"| {limit.frontend} | {limit.change or 'any'} | {limit.failure} | {limit.reason} |" for limit in LIMITS]
    return INTRODUCTION + "\n" + "\n".join(lines) + "\n"


def summary(text: str) -> str:
    """The figures that a page says, or nothing."""
    match = SUMMARY.search(text)
    return match[0] if match else ""


def main() -> int:
    """Write the page, and its figures where they are quoted; 1 when the last run did not try every front end."""
    every, commits = results.read()
    missing = [name for name in (*frontends.FRONTENDS, STANDALONE) if name not in every]
    if missing:
        sys.stderr.write(f"report: the last run left out {', '.join(missing)}: run all of tests/release\n")
        return 1
    text = page(every, commits)
    PAGE.write_text(text, encoding="utf-8")
    for path in (PROJECT / name for name in QUOTED):
        path.write_text(SUMMARY.sub(summary(text), path.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
