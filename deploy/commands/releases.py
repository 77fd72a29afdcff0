"""releases: what was deployed, by whom, how it ended, and which releases are kept."""

from __future__ import annotations

from .. import journal
from ..release import kept
from ..request import Answer, Request

COLUMNS = ("release", "when", "who", "action", "commit", "adapter", "frontend", "mount", "result")


def run(request: Request) -> Answer:
    """A table, oldest first."""
    root, release = request.live()
    here = {other.id for other in kept(root)}
    lines = journal.read(root)
    last = max(place for place, line in enumerate(lines) if line["release"] == release.id)
    widths = {column: max(len(column), *(len(line[column]) for line in lines)) for column in COLUMNS}
    table = ["  ".join([*(f"{column:<{widths[column]}}" for column in COLUMNS), "now"])]
    for place, line in enumerate(lines):
        state = "serving" if place == last else "kept" if line["release"] in here else "gone"
        table.append("  ".join([*(f"{line[column]:<{widths[column]}}" for column in COLUMNS), state]))
    return Answer(table)
