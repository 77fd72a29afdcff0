"""What clients have got of a new release, as the application's own log says: one line of JSON for each request."""

from __future__ import annotations

import json
import os
from typing import Any

from .release import Release, Root

SEVERAL = 3  # server errors are more than somebody's accident
SHARE = 0.1  # of a release's answers, above that of the release before
BEFORE = 1 << 16  # bytes that tell how it was before


def logged(root: Root) -> int:
    """Where the log ends now, in bytes."""
    return os.stat(root.requests).st_size if root.requests.exists() else 0


def errors(release: Release, place: int) -> str:
    """Why the release is worse than the one before, by what was logged after `place`; empty when it is not.

    Some page may have failed in every release, and is no reason against this one; nor is what it once answered itself,
    when its databases were too new for it.
    """
    place = place if place <= logged(release.root) else 0  # rotated meanwhile
    own = [line for line in _answers(release.root, place) if line.get("release") == release.id]
    others = [line for line in _answers(release.root, max(place - BEFORE, 0)) if line.get("release") != release.id]
    failed = [line for line in own if line["status"] >= 500]
    if len(failed) < SEVERAL or _share(own) <= _share(others) + SHARE:
        return ""
    last = failed[-1]
    asked = f"{last.get('method')} {last.get('path')!r}"
    return f"clients got {len(failed)} server errors in {len(own)} answers of {release.id}, the last to {asked}"


def _share(lines: list[dict[str, Any]]) -> float:
    return len([line for line in lines if line["status"] >= 500]) / max(len(lines), 1)


def _answers(root: Root, place: int) -> list[dict[str, Any]]:
    """The lines about requests; not one that is cut, at the beginning or by whoever is writing it."""
    if not root.requests.exists():
        return []
    found = []
    with open(root.requests, "rb") as file:
        file.seek(place)
        for text in file:
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict) and isinstance(line.get("status"), int):
                found.append(line)
    return found
