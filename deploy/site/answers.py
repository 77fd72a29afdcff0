"""What clients have got of a new release, as the application's own log says: one line of JSON for each request."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterable
from typing import Any

from ..machine import opening
from .release import Release, Root

SEVERAL = 3  # server errors are more than somebody's accident
BEFORE = 1 << 20  # bytes that tell how it was before

Kind = tuple[str, str]  # a method, and the route that the application knows a request by, else its path


def logged(root: Root) -> int:
    """Where the log ends now, in bytes."""
    with opening.regular(root.requests, root.logs) or io.BytesIO() as file:
        return file.seek(0, os.SEEK_END)


def errors(release: Release, place: int) -> str:
    """Why the release is worse than the one before, by what was logged after `place`; empty when it is not.

    Anybody can ask for a failing page again and again, and must not decide on a release by that. So only pages that the
    release before answered without an error count: those that this one answers more often with an error than without.
    Answers that the release gave when it was live before do not count: its databases may have been too new for it.
    """
    place = place if place <= logged(release.root) else 0  # rotated meanwhile
    own = _by_kind(line for line in _answers(release.root, place) if line.get("release") == release.id)
    lines = _answers(release.root, max(place - BEFORE, 0))
    before = _by_kind(line for line in lines if line.get("release") != release.id)
    well = {kind for kind, answers in before.items() if not _failed(answers)}
    worse = [kind for kind in own if kind in well and 2 * len(_failed(own[kind])) > len(own[kind])]
    failed = [line for kind in worse for line in _failed(own[kind])]
    if len(failed) < SEVERAL:
        return ""
    last = failed[-1]
    asked = f"{last.get('method')} {last.get('path')!r}"
    return f"clients got {len(failed)} server errors of {release.id} where there were none before, the last to {asked}"


def _by_kind(lines: Iterable[dict[str, Any]]) -> dict[Kind, list[dict[str, Any]]]:
    found: dict[Kind, list[dict[str, Any]]] = {}
    for line in lines:
        kind = (str(line.get("method")), str(line.get("route") or line.get("path")))
        found.setdefault(kind, []).append(line)
    return found


def _failed(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if line["status"] >= 500]


def _answers(root: Root, place: int) -> list[dict[str, Any]]:
    """The lines about requests, without those that are cut, at the beginning or because they are being written."""
    found: list[dict[str, Any]] = []
    with opening.regular(root.requests, root.logs) or io.BytesIO() as file:
        file.seek(place)
        for text in file:
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict) and isinstance(line.get("status"), int):
                found.append(line)
    return found
