"""flask: a Flask command with the live release's settings."""

from __future__ import annotations

from pathlib import Path

from ..errors import Refused
from ..hosts import Local
from ..request import Answer, Request


def run(request: Request) -> Answer:
    """Its exit code; it uses the caller's terminal. Raises Refused when the application offers no commands."""
    _, release = request.live()
    host = Local(request.host.environ, release.user)
    describe: list[str | Path] = [release.python, "-m", "deploy.adapters", "describe"]
    offered = host.run(describe, cwd=release.folder, as_user=True, check=False)
    if offered.returncode == 0 and offered.stdout.splitlines()[-1:] == ["[]"]:
        name = release.settings.application
        raise Refused(f"{name} has no Flask commands: it is a WSGI application that is not Flask's, or offers none")
    words: list[str | Path] = [release.python, "-m", "deploy.adapters", "run", "flask", *request.rest]
    return Answer(code=host.attach(words, cwd=release.folder, as_user=True))
