"""gunicorn's worker process, for __init__.py: its master starts it and looks after it, the loop in it is ours.

A request takes a thread when all of it is here; a response that its client reads slowly is sent by the loop. gunicorn's
own threaded worker gives a thread to each client that is slow.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ..loop.loop import Loop
from ..options import Options
from .connection import connection


def worker(options: Options) -> type[Any]:
    """The class of a worker process."""
    from gunicorn.workers.base import Worker

    Connection = connection(options)

    class Ours(Worker):  # type: ignore[misc]
        alive: bool
        notify: Callable[[], None]

        def run(self) -> None:
            """Serve until SIGTERM, or until the master is gone: another one sends the clients elsewhere."""
            (listener,) = self.sockets
            self.address = listener.getsockname()
            self.loop = Loop(listener, lambda *accepted: Connection(self, *accepted), options, self.told)
            self.loop.run()

        def told(self) -> bool:
            """Say that it is well, as the master kills it otherwise; whether it is to stop."""
            self.notify()
            return not self.alive or os.getppid() != self.ppid

    return Ours
