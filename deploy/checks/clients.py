"""The site as its clients get it: asked at its public address, through all that is before the application."""

from __future__ import annotations

from collections.abc import Iterator

from ..cli.advice import command
from ..site import ask
from .finding import OK, WRONG, Finding
from .subject import Subject

SECONDS = 10  # for an answer


def clients(subject: Subject) -> Iterator[Finding]:
    """Its readiness URL and its first page; the application can be well in process, and answer nobody."""
    release = subject.release
    if release is None or not subject.pids:
        return
    prefix = release.settings.prefix
    for path in (prefix + release.settings.ready_path, f"{prefix}/"):
        if why := ask.wrong(release, path, SECONDS):
            yield Finding(WRONG, f"clients at {release.authority}: {why}", command(subject.root, "logs"))
            return
    yield Finding(OK, f"clients at {release.authority} are answered by {release.id}")
