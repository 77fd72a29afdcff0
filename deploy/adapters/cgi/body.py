"""The body of a CGI request, which may take its time: the application has its own only from the last piece on."""

from __future__ import annotations

import io
import os
import signal
import sys


class Body(io.RawIOBase):
    """The request's body: CONTENT_LENGTH bytes of standard input, no more (RFC 3875 4.2); all of it when chunked."""

    def __init__(self, file: int, length: str, chunked: bool) -> None:
        self.file = file
        self.patience = 0  # seconds that the application has, from the last piece of the body on
        self.left = int(length) if length.isdigit() else sys.maxsize if chunked else 0

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read what is there, within the length."""
        size = os.readv(self.file, [memoryview(buffer)[: self.left]]) if self.left else 0
        self.left -= size
        if self.patience:
            signal.alarm(self.patience)
        return size

    def wait_for_ever(self) -> None:
        """The request is answered."""
        self.patience = 0
        signal.alarm(0)
