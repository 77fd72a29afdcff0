"""Whether new processes are ready: they say so themselves (sd_notify(3)), or why not."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

from ...errors import Failed
from ...site import logs
from ...site.release import Root
from .. import circus


@contextlib.contextmanager
def announcements(root: Root) -> Iterator[socket.socket]:
    """The socket on which processes say that they are ready (sd_notify(3)), while the block runs."""
    path = root.sockets / circus.NOTIFY
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(path))
        path.chmod(0o777)  # the folder keeps strangers out
        try:
            yield channel
        finally:
            path.unlink(missing_ok=True)


def await_ready(channel: socket.socket, count: int, seconds: int, root: Root) -> None:
    """Wait until `count` processes are ready; raises Failed with the reason that one gave, or with the log."""
    deadline = time.monotonic() + seconds
    while count > 0:
        channel.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            message = channel.recv(65536).decode("utf-8", "replace")
        except TimeoutError as error:
            raise Failed(
                f"{count} processes were not ready within {seconds} s\n{logs.said(root, 'application')}"
            ) from error
        if message.startswith("ERRNO="):
            raise Failed(message.partition("STATUS=")[2])
        count -= message == "READY=1"
