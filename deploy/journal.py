"""releases.jsonl: what was deployed to a ROOT, by whom, when, and how it ended."""

from __future__ import annotations

import datetime
import json
import os
import pwd
from typing import Any

from .release import Release, Root

LIVE, FAILED = "live", "failed"


def record(root: Root, release: Release, action: str, result: str) -> None:
    """Append one line."""
    line = {
        "when": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M:%S}", "who": pwd.getpwuid(os.getuid()).pw_name,
        "action": action, "release": release.id, "commit": release.commit, "adapter": release.target.adapter,
        "frontend": release.target.frontend, "mount": release.settings.mount, "result": result,
    }  # fmt: skip
    with open(root.journal, "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def read(root: Root) -> list[dict[str, Any]]:
    """All lines, oldest first."""
    if not root.journal.exists():
        return []
    return [json.loads(line) for line in root.journal.read_text(encoding="utf-8").splitlines()]


def good(root: Root) -> set[str]:
    """The ids of releases that have been live."""
    return {line["release"] for line in read(root) if line["result"] == LIVE}
