"""Follow all logs of a site in one stream, whatever appears, is rotated or cut meanwhile."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Protocol

from ..errors import Failed
from ..machine import opening
from . import logs
from .release import Root
from .traffic import blocks

PAUSE = 0.2  # seconds
# What would tell a terminal to do something: a client may have had it written. Colours may stay.
CONTROL = re.compile(r"(?P<colour>\x1b\[[0-9;]*m)|[\x00-\x08\x0a-\x1f\x7f-\x9f]")


class Source(Protocol):
    """One log: its name heads its lines."""

    name: str

    def last(self, count: int, word: str) -> list[str]:
        """Its last lines, `count` of those that have `word` in them, oldest first; `new` goes on from here."""

    def new(self) -> list[str]:
        """The lines that have been written since."""

    def close(self) -> None:
        """Nobody will ask any more."""


def sources(root: Root) -> list[Source]:
    """All log files of the site, those that have appeared by now."""
    return [LogFile(path, root.logs) for path in logs.found(root) if logs.is_log(path)]


def follow(root: Root, others: Sequence[Source], count: int, word: str, once: bool) -> Iterator[str]:
    """Lines headed by their log's name: the last `count` of each, and unless `once` those that follow, for ever.

    `others`: logs that are not files of the site.
    """
    known = {source.name: source for source in [*others, *sources(root)]}
    try:
        width = max(map(len, known), default=0)
        for source in known.values():
            yield from _headed(source, width, source.last(count, word), word)
        while not once:
            time.sleep(PAUSE)
            for source in sources(root):
                known.setdefault(source.name, source)  # what appears later is new from its first line
            width = max(map(len, known), default=0)
            for source in known.values():
                yield from _headed(source, width, source.new(), word)
    finally:
        for source in known.values():
            source.close()


def _headed(source: Source, width: int, lines: list[str], word: str) -> Iterator[str]:
    return (f"{source.name:<{width}} | {CONTROL.sub(_shown, line)}" for line in lines if word in line)


def _shown(found: re.Match[str]) -> str:
    return found["colour"] or repr(found[0])[1:-1]


class LogFile:
    """A log in a file, which may be renamed and made anew, or emptied, by whatever rotates it."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path, self.folder, self.name = path, folder, str(path.relative_to(folder).with_suffix(""))
        self.file: IO[bytes] | None = None
        self.rest = b""  # a line whose end is not written yet

    def last(self, count: int, word: str) -> list[str]:
        """Its last lines; found from its end, so that a large log costs no more than a small one."""
        self._open()
        if self.file is None:
            return []
        end = self.file.seek(0, os.SEEK_END)
        found: list[str] = []
        rest, ended = b"", False
        for block in blocks(self.file, end):
            first = self.file.tell() == len(block)
            rest, *lines = (block + rest).split(b"\n")
            if lines and not ended:
                self.rest, ended = lines.pop(), True
            whole = [rest, *lines] if first and ended else lines
            found += [text for line in reversed(whole) if word in (text := _text(line))]
            if len(found) >= count:
                break
        if not ended:
            self.rest = rest
        self.file.seek(end)
        return found[:count][::-1]

    def new(self) -> list[str]:
        """The rest of the file that is open, and all of the one that has taken its place."""
        lines = self._read()
        if self.file is None or self._replaced():
            lines += self._read()
            self._open()
            lines += self._read()
        return lines

    def close(self) -> None:
        """Let go of the file."""
        if self.file:
            self.file.close()

    def _open(self) -> None:
        self.close()
        self.rest = b""
        try:
            self.file = opening.regular(self.path, self.folder)  # none between two names
        except PermissionError as error:
            raise Failed(f"{self.path} cannot be read by you: {error.strerror}") from error

    def _replaced(self) -> bool:
        """Whether the path names another file now, or the file has become shorter than what was read of it."""
        assert self.file
        try:
            found = os.lstat(self.path)
        except FileNotFoundError:
            return False  # renamed; what takes its place will come
        ours = os.fstat(self.file.fileno())
        return (found.st_dev, found.st_ino) != (ours.st_dev, ours.st_ino) or ours.st_size < self.file.tell()

    def _read(self) -> list[str]:
        if self.file is None:
            return []
        *lines, self.rest = (self.rest + self.file.read()).split(b"\n")
        return [_text(line) for line in lines]


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r")
