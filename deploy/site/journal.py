"""releases.jsonl: what was deployed to a ROOT, by whom, when, and how it ended.

Each deployment has two lines: one when it begins, under the lock, and one when it ends. Without the second it is under
way, or was interrupted.
"""

from __future__ import annotations

import datetime
import json
import os
from typing import Any

from ..machine import accounts
from .release import Release, Root

BEGUN, LIVE, FAILED, STUCK, INTERRUPTED = "begun", "live", "failed", "stuck", "interrupted"
UNFINISHED = (BEGUN, STUCK)  # neither live nor undone: the next deployment undoes it


def record(root: Root, release: Release, action: str, result: str, who: str = "", began: str = "") -> str:
    """Append one line; `who` did it, empty: this user. `began` is what the call with BEGUN returned."""
    now = datetime.datetime.now(datetime.UTC)
    line = {
        "when": f"{now:%Y-%m-%d %H:%M:%S}", "who": who or accounts.user_name(),
        "action": action, "release": release.id, "commit": release.commit, "adapter": release.target.adapter,
        "frontend": release.target.frontend, "mount": release.settings.mount, "result": result,
        "began": began or now.isoformat(timespec="microseconds"),
    }  # fmt: skip
    _append(root, line)
    return str(line["began"])


def read(root: Root) -> list[dict[str, Any]]:
    """All deployments, oldest first, each once with its last result; one without an end has BEGUN.

    A line that was cut short, by a full disk for instance, counts as not written.
    """
    return [{key: value for key, value in line.items() if key != "began"} for line in _deployments(root)]


def size(root: Root) -> int:
    """Its length in bytes, for `cut`."""
    return os.path.getsize(root.journal)


def cut(root: Root, size: int) -> None:
    """Take back what was written since it had this size: that needs no room on the disk."""
    os.truncate(root.journal, size)


def unfinished(root: Root) -> dict[str, Any] | None:
    """The last deployment, if it was killed before its release was live, or could not be undone; for `settle`."""
    last = _deployments(root)[-1:]
    return last[0] if last and last[0]["result"] in UNFINISHED else None


def settle(root: Root, line: dict[str, Any]) -> None:
    """Write that the deployment found by `unfinished` has been undone."""
    _append(root, {**line, "result": INTERRUPTED})


def lived(root: Root) -> list[str]:
    """The ids of releases that have been live, but for those that a rollback went back behind: the last one is live,
    the one before it was live before. Ids do not tell: a clock may have been set."""
    found: list[str] = []
    for line in read(root):
        if line["result"] == LIVE:
            name = line["release"]
            found = [*(found[: found.index(name)] if name in found else found), name]
    return found


def restored(root: Root, current: str) -> str:
    """The id of the release that is live once what was killed is undone; `current` when there is nothing to undo."""
    return (lived(root) or [current])[-1] if unfinished(root) else current


def newest(root: Root) -> list[str]:
    """The ids of all releases that have been live, the one that was live last at first."""
    return list(dict.fromkeys(line["release"] for line in reversed(read(root)) if line["result"] == LIVE))


def good(root: Root) -> set[str]:
    """The ids of releases that have been live."""
    return {line["release"] for line in read(root) if line["result"] == LIVE}


def _append(root: Root, line: dict[str, Any]) -> None:
    with open(root.journal, "a", encoding="utf-8") as file:
        file.write("\n" * _is_cut_short(root) + json.dumps(line) + "\n")


def _is_cut_short(root: Root) -> bool:
    """Whether the last line has no end."""
    with open(root.journal, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        return file.read() not in (b"", b"\n")


def _deployments(root: Root) -> list[dict[str, Any]]:
    return list({str(line.get("began", place)): line for place, line in enumerate(_lines(root))}.values())


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
