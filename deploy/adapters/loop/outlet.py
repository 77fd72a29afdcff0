"""What a thread has to say to a client, and a loop sends: a client that reads slowly takes no thread.

It stands for the client's socket where a thread answers. What the kernel takes goes out at once, so a streamed response
arrives as it is made; the rest waits in memory, then in a file, and only beyond MOST the thread waits for the client.
"""

from __future__ import annotations

import errno
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from .parts import Bytes, FilePart

MOST = 64 * 1024 * 1024  # bytes of one response that wait for its client
PATIENCE = 0.02  # seconds in all that a thread waits for a client, which may be reading, before the rest is the loop's


class Outlet:
    """The side of a connection that is written to: `sendall` by one thread at a time, `flush` by the loop."""

    def __init__(self, client: socket.socket, wake: Callable[[], object]) -> None:
        self.client, self.wake = client, wake
        self.changed = threading.Condition()
        self.parts: deque[Bytes | FilePart] = deque()
        self.lost = False
        self.begin()

    def begin(self) -> None:
        """Another response; the one before is sent."""
        self.said = False  # whether there is any of it
        self.patience = PATIENCE

    def sendall(self, data: bytes) -> None:
        """Send it or have it sent; raises BrokenPipeError when the client has left."""
        view = memoryview(data)
        with self.changed:
            self.said = True
        while not self.parts and not self.lost:
            view = view[self._send(view) :]
            if not view:
                return
            if self.patience <= 0:
                break
            self._await_client()
        self._keep(view)

    def take_over(self) -> bool:
        """Whether nothing has been said; from now on it is the loop that answers, and the thread hears of it."""
        with self.changed:
            self.lost = self.lost or not self.said
            return not self.said

    def sendfile(self, file: Any, offset: int = 0, count: int = 0) -> None:
        """Have a piece of a file sent."""
        with self.changed:
            self.parts.append(FilePart(file.fileno(), offset, count))
        self.wake()

    def _keep(self, view: memoryview) -> None:
        with self.changed:
            while not self.lost and sum(part.size for part in self.parts) > MOST:
                self.changed.wait()
            if self.lost:
                raise BrokenPipeError(errno.EPIPE, "the client has left")
            last = self.parts[-1] if self.parts else None
            if not isinstance(last, Bytes):
                last = Bytes()
                self.parts.append(last)
            last.add(view)
        self.wake()

    def _await_client(self) -> None:
        began = time.monotonic()
        poll = select.poll()
        poll.register(self.client, select.POLLOUT)
        poll.poll(self.patience * 1000)
        self.patience -= time.monotonic() - began

    def _send(self, data: bytes | memoryview) -> int:
        try:
            return self.client.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self.lose()
            return 0

    def flush(self) -> int:
        """Send what the client takes of what waits; how many bytes it took."""
        taken = 0
        with self.changed:
            while self.parts and not self.lost:
                part = self.parts[0]
                data = part.peek()
                sent = self._send(data)
                taken += sent
                part.skip(sent)
                if not data:  # a file that has become shorter: the client must not take its response for whole
                    self.lose()
                elif part.size == 0:
                    self.parts.popleft().close()
                elif sent < len(data):
                    break
            self.changed.notify_all()
        return taken

    def lose(self) -> None:
        """Nothing can be sent any more: a thread that still answers hears of it."""
        with self.changed:
            self.lost = True
            while self.parts:
                self.parts.popleft().close()
            self.changed.notify_all()

    def fileno(self) -> int:
        """The client's, for a poller."""
        return self.client.fileno()

    def send(self, data: bytes) -> int:
        """What gunicorn answers to Expect: the loop has done that before the body came."""
        return len(data)

    def close(self) -> None:
        """The loop does it, when all is sent."""
