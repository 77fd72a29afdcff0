"""releases: what was deployed, by whom, how it ended, and which releases are kept."""

from __future__ import annotations

from typing import Any

from ..cli.request import Answer, Request
from ..cli.tables import table
from ..site import journal, lock
from ..site.on_disk import kept, live
from ..site.release import Release, Root

COLUMNS = ("release", "when", "who", "action", "commit", "adapter", "frontend", "mount", "result", "now")


def run(request: Request) -> Answer:
    """A table, oldest first; raises Refused when there is none."""
    root = request.root()
    found = deployments(root, live(root))
    if not found:
        request.live()
    return Answer(table(COLUMNS, [[line[column] for column in COLUMNS] for line in found]), value=found)


def deployments(root: Root, release: Release | None) -> list[dict[str, Any]]:
    """The journal's lines with what became of each: `result` live, failed, interrupted or under way; `now` serving
    (the last one that made `release` live), kept for rollback, left over, or gone."""
    here, good = {other.id for other in kept(root)}, journal.good(root)
    holder = lock.holder(root)
    found = journal.read(root)
    lived = (journal.LIVE, *journal.UNFINISHED)
    name = release.id if release else None
    made = (place for place, line in enumerate(found) if line["release"] == name and line["result"] in lived)
    last = max(made, default=-1)
    for place, line in enumerate(found):
        line["now"] = "serving" if place == last else _kept(line["release"], here, good)
        if line["result"] == journal.BEGUN:
            ours = holder and holder.alive and place == len(found) - 1
            line["result"] = "under way" if ours else "interrupted"
    return found


def _kept(release: str, here: set[str], good: set[str]) -> str:
    return "gone" if release not in here else "kept" if release in good else "left over"
