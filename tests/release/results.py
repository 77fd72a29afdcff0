"""What came of the changes: kept for the page that tests.release.report writes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.project import commit

from .load import Result

FILE = Path(__file__).parents[2] / "build" / "release"

Found = dict[str, Result]  # "old new", "rollback", "kill name", ... -> what came of it


def write(frontend: str, found: Found) -> None:
    """Keep what was found behind a front end; each has a file of its own, as tests may run in several processes."""
    FILE.mkdir(parents=True, exist_ok=True)
    changes = {name: result._asdict() for name, result in found.items()}
    (FILE / f"{frontend}.json").write_text(json.dumps({"commit": commit(), "changes": changes}))


def read() -> tuple[dict[str, Found], list[str]]:
    """All that was kept, and the commits that it was found on."""
    kept = {path.stem: json.loads(path.read_text()) for path in sorted(FILE.glob("*.json"))}
    every = {
        frontend: {name: Result(**values) for name, values in run["changes"].items()} for frontend, run in kept.items()
    }
    return every, sorted({run["commit"] for run in kept.values()})
