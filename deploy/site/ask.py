"""Ask the site what a client would ask, through its public address."""

from __future__ import annotations

import http.client
from typing import NamedTuple

from .release import Release, Root

ENOUGH = 65536  # bytes of an answer that are read
# Where the tool's own requests come from, so that logs tell them from visitors': all of 127/8 is this machine (RFC 1122
# 3.2.1.3), and nothing else uses this one.
SOURCE = "127.83.65.1"


class Reply(NamedTuple):
    """An answer's status line, the release that it names to who has the site's token, and the beginning of its text."""

    status: int
    reason: str
    release: str | None
    text: str


def get(release: Release, path: str, timeout: float) -> Reply:
    """The answer to one GET at the site's address; raises OSError or http.client.HTTPException when there is none."""
    source = (SOURCE, 0) if release.reached[0].startswith("127.") else None
    connection = http.client.HTTPConnection(*release.reached, timeout=timeout, source_address=source)
    try:
        headers = {"Host": release.authority, "Connection": "close", "X-Release-Token": token(release.root)}
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        text = response.read(ENOUGH).decode("utf-8", "replace")
        return Reply(response.status, response.reason, response.getheader("X-Release"), text)
    finally:
        connection.close()


def token(root: Root) -> str:
    """What makes the site name its release; empty where there is none yet, or for who may not read it."""
    try:
        return str(root.token.read_text(encoding="ascii"))
    except (FileNotFoundError, PermissionError):
        return ""


def unready(release: Release, timeout: float) -> str:
    """Why the site is not ready: what its readiness URL says, or that it says nothing; empty when it is."""
    return wrong(release, release.settings.prefix + release.settings.ready_path, timeout)


def wrong(release: Release, path: str, timeout: float) -> str:
    """What is wrong with the answer to GET `path`: a server error, none in time, another release's; empty: nothing."""
    try:
        reply = get(release, path, timeout)
    except (OSError, http.client.HTTPException) as error:
        return f"GET {path} failed: {error}"
    if reply.status >= 500:
        return f"GET {path} was answered {reply.status}: {' '.join(reply.text.split())}"
    if reply.release != release.id and token(release.root):
        return f"GET {path} was answered by {reply.release or 'no release'}"
    return ""
