"""What came of the changes: kept for the page that tests.release.report writes."""

from __future__ import annotations

import json
from pathlib import Path

from .load import Result

FILE = Path(__file__).parents[2] / "build" / "release"

Found = dict[str, Result]  # "old new", "rollback", "kill name", ... -> what came of it


def write(frontend: str, found: Found) -> None:
    """Keep what was found behind a front end; each has a file of its own, as tests may run in several processes."""
    FILE.mkdir(parents=True, exist_ok=True)
    (FILE / f"{frontend}.json").write_text(json.dumps({name: result._asdict() for name, result in found.items()}))


def read() -> dict[str, Found]:
    """All that was kept."""
    return {
        path.stem: {name: Result(**values) for name, values in json.loads(path.read_text()).items()}
        for path in sorted(FILE.glob("*.json"))
    }
