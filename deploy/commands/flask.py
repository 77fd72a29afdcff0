"""flask: a Flask command with the live release's settings."""

from __future__ import annotations

from pathlib import Path

from ..hosts import Local
from ..request import Answer, Request


def run(request: Request) -> Answer:
    """Its exit code; it uses the caller's terminal."""
    _, release = request.live()
    words: list[str | Path] = [release.python, "-m", "flask", "--app", release.settings.application, *request.rest]
    host = Local(request.host.environ, release.user)
    return Answer(code=host.attach(words, cwd=release.folder, as_user=True))
