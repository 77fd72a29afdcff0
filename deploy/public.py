"""Ask the site what a client would ask, through its public address."""

from __future__ import annotations

import http.client
from typing import NamedTuple

from .release import Release

ENOUGH = 65536  # bytes of an answer that are read


class Reply(NamedTuple):
    """An answer's status line, the release that it names, and the beginning of its text."""

    status: int
    reason: str
    release: str | None
    text: str


def get(release: Release, path: str, timeout: float) -> Reply:
    """The answer to one GET at the site's address; raises OSError or http.client.HTTPException when there is none."""
    connection = http.client.HTTPConnection(*release.reached, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Host": release.authority, "Connection": "close"})
        response = connection.getresponse()
        text = response.read(ENOUGH).decode("utf-8", "replace")
        return Reply(response.status, response.reason, response.getheader("X-Release"), text)
    finally:
        connection.close()


def unready(release: Release, timeout: float) -> str:
    """Why the site is not ready: what its readiness URL says, or that it says nothing; empty when it is."""
    path = release.settings.prefix + release.settings.ready_path
    try:
        reply = get(release, path, timeout)
    except (OSError, http.client.HTTPException) as error:
        return f"GET {path} failed: {error}"
    if reply.status >= 500:
        return f"GET {path} was answered {reply.status}: {' '.join(reply.text.split())}"
    if reply.release != release.id:
        return f"GET {path} was answered by {reply.release or 'no release'}"
    return ""
