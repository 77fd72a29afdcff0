"""What went through the site in the last minute, read from the end of its logs."""

from __future__ import annotations

import datetime
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from .release import Release

SECONDS = 60
BLOCK = 1 << 16  # bytes
MOST = 1 << 25  # bytes that are read at the most: some 100,000 requests
ACCESS = re.compile(rb'\[(?P<time>[^\]]+)\] "(?:[^"\\]|\\.)*" (?P<status>\d{3}) ')  # of all three front ends


class Traffic(NamedTuple):
    """Requests of the last minute, those of them that were answered 5xx, and the log that says so."""

    requests: int
    errors: int
    source: str
    all: bool  # whether it was read to the minute's beginning


Parse = Callable[[bytes], tuple[float, int] | None]


def last_minute(release: Release, now: float) -> Traffic | None:
    """None when nothing writes such a log; `now` in seconds since the epoch."""
    for path, parse in sources(release):
        if path.is_file():
            return count(path, parse, now - SECONDS)
    return None


def sources(release: Release) -> Iterator[tuple[Path, Parse]]:
    """The application's own log, when the live release writes it, and the front end's."""
    own, access = release.root.requests, release.root.logs / "access.log"
    if own.is_file():
        with open(own, "rb") as file:
            if release.id.encode() in next(blocks(file, file.seek(0, os.SEEK_END)), b""):
                yield own, of_the_application
    if not release.target.standalone:
        yield access, of_a_front_end


def count(path: Path, parse: Parse, since: float) -> Traffic:
    """The requests in a log since then. Lines are a little out of order: a slow request is logged late."""
    requests, errors, rest, size = 0, 0, b"", 0
    with open(path, "rb") as file:
        for block in blocks(file, file.seek(0, os.SEEK_END)):
            size += len(block)
            rest, *lines = (block + rest).split(b"\n")
            if file.tell() == len(block):  # the first one: its first line is whole
                lines.insert(0, rest)
            answered = [found for line in lines if (found := parse(line))]
            recent = [status for when, status in answered if when >= since]
            requests, errors = requests + len(recent), errors + sum(status >= 500 for status in recent)
            if (answered and not recent) or size >= MOST:
                break
    return Traffic(requests, errors, path.name, size < MOST)


def blocks(file: IO[bytes], end: int) -> Iterator[bytes]:
    """A file's blocks, from `end` to its beginning."""
    while end > 0:
        start = max(end - BLOCK, 0)
        file.seek(start)
        yield file.read(end - start)
        end = start


def of_the_application(line: bytes) -> tuple[float, int] | None:
    """When and with which status a request was answered; None when the line is about something else."""
    try:
        values = json.loads(line)
        return datetime.datetime.fromisoformat(values["time"]).timestamp(), values["status"]
    except (ValueError, TypeError, KeyError):
        return None


def of_a_front_end(line: bytes) -> tuple[float, int] | None:
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
    return when.timestamp(), int(match["status"])
