"""Connections that know whether a request has begun on them: a stopping process cuts none off."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from typing import Any

from ..loop.refused import refused
from ..options import FIRST, LINGER, Options

BARE = b"HTTP/1.1 400 Bad Request\r\n\r\n"  # what Tornado says to what it cannot parse


def kind(options: Options) -> type[Any]:
    """The class of Tornado's side of a connection."""
    from tornado.iostream import IOStream

    class Stream(IOStream):  # type: ignore[misc]
        patience = 0.0  # seconds that a stopping process waits for the next request on it
        waiting = 0.0  # since when for one, on the event loop's clock
        begun = False  # whether a byte of that has come; Tornado's parser may hear of it only later
        said = False  # whether anything of the response has been sent
        taken = 0.0  # when the client last took something of a response

        def expect_request(self) -> None:
            """The connection is new, or the request before is answered."""
            self.patience = LINGER if self.patience else FIRST
            self.waiting = asyncio.get_running_loop().time()
            self.begun = self._read_buffer_size > 0

        def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
            size: int | None = super().read_from_fd(buf)
            self.begun = self.begun or bool(size)
            return size

        def write(self, data: bytes | memoryview) -> Any:
            """Send it, or have it sent when the client takes it."""
            self.said = True
            if not self.writing():
                self.taken = asyncio.get_running_loop().time()
            return super().write(refused("400 Bad Request", options) if data == BARE else data)

        def write_to_fd(self, data: memoryview) -> int:
            size: int = super().write_to_fd(data)
            if size:
                self.taken = asyncio.get_running_loop().time()
            return size

        def set_nodelay(self, value: bool) -> None:
            """Left on: Tornado turns it off between responses, and pieces of a streamed one would wait."""

    return Stream


def close_unread(streams: Iterable[Any], timeout: float) -> None:
    """Close the connections whose client has taken nothing of what waits for it for so long."""
    now = asyncio.get_running_loop().time()
    for each in streams:
        if each.writing() and now > each.taken + timeout:
            each.close()


def close_idle(streams: Iterable[Any], stopped: float) -> None:
    """Close the connections that nothing has come on for long enough since `stopped`, on the event loop's clock."""
    now = asyncio.get_running_loop().time()
    for each in streams:
        if each.patience and now > max(stopped, each.waiting) + each.patience and not (each.begun or _readable(each)):
            each.close()


def _readable(stream: Any) -> bool:
    """Whether the kernel has bytes that the event loop has not come to yet."""
    try:
        return bool(stream.socket.recv(1, socket.MSG_PEEK))
    except OSError:  # nothing has come, or the client has left
        return False
