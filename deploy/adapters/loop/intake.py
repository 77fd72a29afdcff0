"""A request's body as it comes, taken by a loop before a thread has the request: in memory, then in a file; bounded."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from typing import IO

from ..wsgi.request import SPOOL

TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
VALUE = rb'(?:%s|"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*")' % TOKEN
EXTENSION = rb"(?:[ \t]*;[ \t]*%s(?:[ \t]*=[ \t]*%s)?)*" % (TOKEN, VALUE)
SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})%s" % EXTENSION)  # a chunk's size and extensions (RFC 9112 7.1)


class Malformed(ValueError):
    """What comes is not a chunked body."""


class Intake:
    """A body of `length` bytes; `body` holds it, from its beginning, when it is `whole`.

    What is over `limit` is counted, not kept: `size` says how large the body is, as far as it has been read.
    """

    def __init__(self, length: int, limit: int) -> None:
        self.left, self.limit = length, limit
        self.body: IO[bytes] = tempfile.SpooledTemporaryFile(SPOOL)  # noqa: SIM115 - closed with the request
        self.size = 0
        self.whole = length == 0

    def feed(self, data: bytes) -> bytes:
        """Take what has come; returns what is no longer of this body. Raises Malformed."""
        position = self.take(data, 0)
        if self.left == 0:
            self.end()
        return data[position:]

    def take(self, data: bytes, position: int) -> int:
        """Keep what is within the limit, up to the end of the body or chunk; where that is in `data`."""
        end = min(len(data), position + self.left)
        if self.size < self.limit:
            self.body.write(data[position : min(end, position + self.limit - self.size)])
        self.size += end - position
        self.left -= end - position
        return end

    def end(self) -> None:
        """All of it is here."""
        self.whole = True
        self.body.seek(0)


class Chunks(Intake):
    """A chunked body, decoded (RFC 9112 7.1); trailers, which no WSGI application can ask for, are dropped."""

    def __init__(self, limit: int, line_limit: int) -> None:
        super().__init__(0, limit)
        self.whole = False
        self.line_limit = line_limit
        self.pending = b""  # a line that is not complete
        self.trailers = 0
        self.next: Callable[[bytes, int], int] = self._size

    def feed(self, data: bytes) -> bytes:
        """As Intake's."""
        data, self.pending = self.pending + data, b""
        position = 0
        while not self.whole and position < len(data):
            after = self.next(data, position)
            if after == position:
                self.pending = data[position:]
                return b""
            position = after
        return data[position:]

    def _line(self, data: bytes, position: int) -> int:
        """Where the line that begins there ends; the beginning itself when the end has not come."""
        end = data.find(b"\n", position)
        if max(end, len(data) if end < 0 else 0) - position > self.line_limit:
            raise Malformed("a line is too long")
        if end < 0:
            return position
        if data[end - 1] != 13 or end == position:
            raise Malformed("a line ends without CR LF")
        return end + 1

    def _size(self, data: bytes, position: int) -> int:
        after = self._line(data, position)
        if after > position:
            match = SIZE.fullmatch(data, position, after - 2)
            if match is None:
                raise Malformed("a chunk has no size")
            self.left = int(match[1], 16)
            self.next = self._chunk if self.left else self._trailer
        return after

    def _chunk(self, data: bytes, position: int) -> int:
        end = self.take(data, position)
        if self.left == 0:
            self.next = self._chunk_end
        return end

    def _chunk_end(self, data: bytes, position: int) -> int:
        found = data[position : position + 2]
        if not b"\r\n".startswith(found):
            raise Malformed("a chunk is longer than its size")
        if found != b"\r\n":
            return position
        self.next = self._size
        return position + 2

    def _trailer(self, data: bytes, position: int) -> int:
        after = self._line(data, position)
        self.trailers += after - position
        if after == position + 2:
            self.end()
        elif after > position and (self.trailers > self.line_limit or data.find(b":", position, after) <= position):
            raise Malformed("a trailer has no name or there are too many")
        return after
