"""releases.jsonl: what was deployed to a ROOT, by whom, when, and how it ended.

Each deployment has two lines: one when it begins, under the lock, and one when it ends. Without the second it is under
way, or was interrupted.
"""

from __future__ import annotations

import datetime
import json
import os
import pwd
from typing import Any

from .release import Release, Root

BEGUN, LIVE, FAILED = "begun", "live", "failed"


def record(root: Root, release: Release, action: str, result: str, who: str = "", began: str = "") -> str:
    """Append one line; `who` did it, empty: this user. `began` is what the call with BEGUN returned."""
    now = datetime.datetime.now(datetime.UTC)
    line = {
        "when": f"{now:%Y-%m-%d %H:%M:%S}", "who": who or pwd.getpwuid(os.getuid()).pw_name,
        "action": action, "release": release.id, "commit": release.commit, "adapter": release.target.adapter,
        "frontend": release.target.frontend, "mount": release.settings.mount, "result": result,
        "began": began or now.isoformat(timespec="microseconds"),
    }  # fmt: skip
    with open(root.journal, "a", encoding="utf-8") as file:
        file.write("\n" * _is_cut_short(root) + json.dumps(line) + "\n")
    return str(line["began"])


def read(root: Root) -> list[dict[str, Any]]:
    """All deployments, oldest first, each once with its last result; one without an end has BEGUN.

    A line that was cut short, by a full disk say, counts as one that was not written.
    """
    found = {str(line.pop("began", place)): line for place, line in enumerate(_lines(root))}
    return list(found.values())


def good(root: Root) -> set[str]:
    """The ids of releases that have been live."""
    return {line["release"] for line in read(root) if line["result"] == LIVE}


def _is_cut_short(root: Root) -> bool:
    """Whether the last line has no end."""
    with open(root.journal, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        return file.read() not in (b"", b"\n")


def _lines(root: Root) -> list[dict[str, Any]]:
    if not root.journal.exists():
        return []
    found = []
    for text in root.journal.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            found.append(json.loads(text))
        except ValueError:
            continue
    return found
