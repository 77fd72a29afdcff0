"""A request's body, which pywsgi leaves in its connection: read whole before the application is asked."""

from __future__ import annotations

from typing import Any

from ..loop.intake import Chunks, Intake
from ..options import Options

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Body:
    """In memory, then in a file, as its client sends it; other greenlets go on meanwhile."""

    def __init__(self, client: Any, length: int | None, expects: bool, options: Options) -> None:
        limits = options.body_limit, options.header_limit
        self.intake = Chunks(*limits) if length is None else Intake(length, options.body_limit)
        self.there = length != 0
        self.client, self.expects, self.options = client, expects, options

    def read(self, file: Any) -> None:
        """Read it from the connection's file, unless application.py refuses it.

        Raises Malformed, and OSError when the client leaves.
        """
        if self.expects and self.wanted:
            self.client.sendall(CONTINUE)
            self.expects = False
        while self.wanted and not self.intake.whole:
            self.read_piece(file)
        if not self.intake.whole:
            self.intake.body.seek(0)

    @property
    def wanted(self) -> bool:
        """Whether it is within the limit so far; behind a front end all is read, as Apache hears no answer before."""
        return self.options.proxied or self.size <= self.options.body_limit

    @property
    def size(self) -> int:
        """Bytes of it, as far as that is known."""
        return self.intake.size if isinstance(self.intake, Chunks) else self.intake.size + self.intake.left

    def drain(self, file: Any) -> None:
        """Read the rest, for nobody: a client that still sends would not see the answer. Raises as `read`."""
        while not (self.intake.whole or self.expects):
            self.read_piece(file)

    def read_piece(self, file: Any) -> None:
        """What has come, or the next that comes."""
        data = file.peek(1)
        if not data:
            raise ConnectionResetError("the client has left")
        rest = self.intake.feed(data)
        file.read(len(data) - len(rest))
