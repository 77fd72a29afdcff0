"""How each check ended on each target: collected while the tests run, for the matrix."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path
from typing import Any

from tests.project import commit

FILE = Path(__file__).parents[2] / "build" / "contract.json"
GUEST = FILE.with_stem("contract-debian13")  # what a run inside Debian 13 has found
NOTED: dict[str, dict[str, dict[str, str]]] = {}  # target -> "law check" -> outcome, and limit when it is one


def note(target: str, law: str, check: str, outcome: str, properties: dict[str, Any]) -> None:
    """Keep one outcome; a failure stays one, whatever other parameters of the check did."""
    found = NOTED.setdefault(target, {}).setdefault(f"{law} {check}", {"outcome": outcome})
    if outcome != "passed":
        found["outcome"] = outcome
    if "limit" in properties:
        found["limit"] = str(properties["limit"])


def write(run: str) -> None:
    """Add this process's outcomes to those of the same run; those of an earlier run are dropped."""
    if not NOTED:
        return
    FILE.parent.mkdir(exist_ok=True)
    with open(FILE, "a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        text = file.read()
        found = json.loads(text) if text else {}
        targets = found["targets"] if found.get("run") == run else {}
        file.truncate(0)
        merged = {**targets, **{name: {**targets.get(name, {}), **NOTED[name]} for name in NOTED}}
        json.dump({"run": run, "commit": commit(), "targets": merged}, file, indent=1, sort_keys=True)
