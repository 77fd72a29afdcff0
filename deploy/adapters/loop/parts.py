"""What of a response waits for its client, for outlet.py: bytes, in memory and then in a file; and pieces of files."""

from __future__ import annotations

import os
import tempfile

from ..wsgi.request import SPOOL

PIECE = 256 * 1024  # bytes looked at at once


class Bytes:
    """What has been said and not yet been sent, first in first out."""

    def __init__(self) -> None:
        self.spool = tempfile.SpooledTemporaryFile(SPOOL)  # noqa: SIM115 - closed when all of it is sent
        self.sent = self.size = 0

    def add(self, data: bytes | memoryview) -> None:
        """Put it behind what is there; raises OSError, when the disk is full for instance."""
        self.spool.seek(self.sent + self.size)
        self.spool.write(data)
        self.size += len(data)

    def peek(self) -> bytes:
        """What comes next."""
        self.spool.seek(self.sent)
        return self.spool.read(min(PIECE, self.size))

    def skip(self, size: int) -> None:
        """So much of it is sent."""
        self.sent += size
        self.size -= size

    def close(self) -> None:
        """Nobody wants the rest."""
        self.spool.close()


class FilePart:
    """A piece of the application's open file, which no copy is made of; it stays open until it is sent."""

    def __init__(self, descriptor: int, start: int, size: int) -> None:
        self.descriptor, self.start, self.size = os.dup(descriptor), start, size

    def peek(self) -> bytes:
        """What comes next; nothing when the file has become shorter."""
        return os.pread(self.descriptor, min(PIECE, self.size), self.start)

    def skip(self, size: int) -> None:
        """So much of it is sent."""
        self.start += size
        self.size -= size

    def close(self) -> None:
        """Nobody wants the rest."""
        os.close(self.descriptor)
