"""What visitors asked for in the last minute, read from the end of the site's logs."""

from __future__ import annotations

import datetime
import io
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from ..machine import opening
from .ask import SOURCE
from .release import Release

SECONDS = 60
BLOCK = 1 << 16  # bytes
MOST = 1 << 25  # bytes that are read at the most: some 100,000 requests
ACCESS = re.compile(  # of all three front ends
    rb'(?P<client>\S+) \[(?P<time>[^\]]+)\] "(?P<request>(?:[^"\\]|\\.)*)" (?P<status>\d{3}) '
)


class Logged(NamedTuple):
    """One request: when it was answered, in seconds since the epoch, with which status, whose it was, for what path."""

    when: float
    status: int
    client: str
    path: str


class Traffic(NamedTuple):
    """Visitors' requests of the last minute, those of them that were answered 5xx, and the log that says so."""

    requests: int
    errors: int
    source: str
    all: bool  # whether it was read to the minute's beginning


Parse = Callable[[bytes], Logged | None]


def last_minute(release: Release, now: float) -> Traffic | None:
    """None when nothing writes such a log; `now` in seconds since the epoch."""
    for path, parse in sources(release):
        file = opening.regular(path, release.root.logs)
        if file:
            with file:
                ready = release.settings.prefix + release.settings.ready_path
                return count(file, path.name, parse, now - SECONDS, ready)
    return None


def sources(release: Release) -> Iterator[tuple[Path, Parse]]:
    """The application's own log, when the live release writes it, and the front end's."""
    own, access = release.root.requests, release.root.logs / "access.log"
    with opening.regular(own, release.root.logs) or io.BytesIO() as file:
        if release.id.encode() in next(blocks(file, file.seek(0, os.SEEK_END)), b""):
            yield own, of_the_application
    if not release.target.standalone:
        yield access, of_a_front_end


def count(file: IO[bytes], name: str, parse: Parse, since: float, readiness: str) -> Traffic:
    """Visitors' requests in a log since then: not this tool's own, and none for `readiness`, which machines ask for.

    Lines are a little out of order: a slow request is logged late.
    """
    requests, errors, rest, size = 0, 0, b"", 0
    for block in blocks(file, file.seek(0, os.SEEK_END)):
        size += len(block)
        rest, *lines = (block + rest).split(b"\n")
        if file.tell() == len(block):  # the first one: its first line is whole
            lines.insert(0, rest)
        answered = [found for line in lines if (found := parse(line))]
        recent = [found for found in answered if found.when >= since]
        asked = [found for found in recent if found.client != SOURCE and found.path != readiness]
        requests, errors = requests + len(asked), errors + sum(found.status >= 500 for found in asked)
        if (answered and not recent) or size >= MOST:
            break
    return Traffic(requests, errors, name, size < MOST)


def blocks(file: IO[bytes], end: int) -> Iterator[bytes]:
    """A file's blocks, from `end` to its beginning."""
    while end > 0:
        start = max(end - BLOCK, 0)
        file.seek(start)
        yield file.read(end - start)
        end = start


def of_the_application(line: bytes) -> Logged | None:
    """The request that a line is about; None when it is about something else."""
    try:
        values = json.loads(line)
        when = datetime.datetime.fromisoformat(values["time"]).timestamp()
        return Logged(when, values["status"], values.get("client", ""), values.get("path", ""))
    except (ValueError, TypeError, KeyError):
        return None


def of_a_front_end(line: bytes) -> Logged | None:
    """The same of an access log: nginx writes ISO 8601, lighttpd and Apache 21/Nov/2026:13:02:47 +0000."""
    match = ACCESS.search(line)
    if match is None:
        return None
    text = match["time"].decode("ascii", "replace")
    try:
        when = datetime.datetime.fromisoformat(text) if "T" in text else \
            datetime.datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z")  # fmt: skip
    except ValueError:
        return None
    client, request = match["client"].decode("ascii", "replace"), match["request"].decode("ascii", "replace")
    path = f"{request} ".split(" ")[1].partition("?")[0]
    return Logged(when.timestamp(), int(match["status"]), client, path)
