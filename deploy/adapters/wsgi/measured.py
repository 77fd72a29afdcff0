"""A response's body, held to the length that its headers announce: for response.py, alike under every adapter."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .response import Response


class TooShort(BrokenPipeError):
    """The body has ended before its length. Servers close the connection, as if the client had left: that it saw."""


class Measured:
    """What the application has returned, piece by piece: cut at the announced length, broken off when it is shorter.

    Otherwise clients would take the rest for the next response, or wait for it (RFC 9112 6.3).
    """

    __slots__ = ("body", "pieces", "response")

    def __init__(self, body: Iterable[bytes], response: Response) -> None:
        self.body, self.pieces, self.response = body, iter(body), response

    def __iter__(self) -> Measured:
        return self

    def __next__(self) -> bytes:
        for piece in self.pieces:
            kept = self.response.cut(piece)
            if kept or not piece:
                return kept
            break  # an endless one would never be seen to end
        if self.response.left:
            self.response.complain(f"{self.response.left} bytes shorter than its Content-Length: it is broken off")
            raise TooShort(errno.EPIPE, "a response was broken off")
        raise StopIteration

    def close(self) -> None:
        """As PEP 3333 wants it."""
        getattr(self.body, "close", lambda: None)()
