"""FastCGI by flup: `python -m deploy.adapters fastcgi` under a supervisor, `yourapplication.fcgi` under a web server.

flup speaks the protocol; the loop around it is ours. flup's own keeps a thread for every open connection, cuts the next
one off when it has no thread left, and ignores SIGTERM while a front end keeps a connection open.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..loop.loop import Loop
from ..options import Options, Unservable, read

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

protocols = ("fastcgi",)
requires = ("flup>=1.0.3,<1.1",)
programs: dict[str, str] = {}
inherits = ("unix", "tcp")
forks = False
stop_signal = "TERM"


def serve(load: Callable[[], WSGIApplication], listener: socket.socket, options: Options) -> None:
    """Serve until SIGTERM or SIGINT, each request in one of `options.threads` threads."""
    from .server import server

    spawned = not options.adapter  # by a web server, which may have started others
    multiprocess = options.processes > 1 or spawned
    told: list[int] = []  # the signals that end it
    connect = server(load(), options.threads > 1, multiprocess, options.body_limit).connect
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: told.append(number))
    Loop(listener, connect, options, lambda: bool(told), reserved=True).run()


def enter(folder: str, arguments: list[str]) -> int:
    """Serve the release in `folder`, on the socket inherited from a web server or named; called by its entry file."""
    from ..process import serving

    listen = [os.path.abspath(name) if "/" in name else name for name in arguments[:1]]
    os.chdir(folder)
    try:
        options = read(folder)
        serving.serve(sys.modules[__name__], options._replace(listen="".join(listen) or options.listen))
    except Unservable as error:
        sys.stderr.write(f"fastcgi: {error}\n")
        return 1
    return 0
