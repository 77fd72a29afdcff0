"""gevent's pywsgi: `python -m deploy.adapters gevent`, one greenlet for each connection; best behind a front end."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..loop.door import PAUSE, Door
from ..options import FIRST, LINGER, Options
from ..process import handlers

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

protocols = ("http",)
requires = ("gevent>=24.2.1,<26.10",)
programs: dict[str, str] = {}
inherits = ("unix", "tcp")
forks = False
stop_signal = "TERM"

PIECE = 256 * 1024  # bytes sent before the time-out for sending begins anew
LEFT: list[Any] = []  # in a child, its parent's: never to run again, not even to be collected


def begin() -> None:
    """Make the standard library cooperative, before anything that uses it is imported."""
    from gevent import monkey

    from . import waiting

    monkey.patch_all()
    waiting.begin()
    os.register_at_fork(after_in_child=_alone)


def _alone() -> None:
    """A child has only the greenlet that forked it: the others, and the server, would go on in it as well.

    gevent's own way to destroy a hub lets the main greenlet go on, which is the server.
    """
    from gevent import _hub_local

    hub = _hub_local.get_hub_if_exists()
    if hub is not None:
        LEFT.append(hub)
        hub.loop.destroy()
        _hub_local.set_loop(None)
        _hub_local.set_hub(None)
        handlers.application.clear()  # gevent hands what a handler raises to the main greenlet, which is the server


def serve(load: Callable[[], WSGIApplication], listener: socket.socket, options: Options) -> None:
    """Serve until SIGTERM; then answer what has begun, and wake the connections that nothing comes on."""
    import gevent
    import gevent.socket
    from gevent import pywsgi
    from gevent.event import Event

    from .handler import handler
    from .late import Late

    application = load()  # before there are handlers that it could replace
    pywsgi.MAX_REQUEST_LINE = options.header_limit  # a constant there, of 8 KiB
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, stop.set)
    late = Late(options)
    handling = handler(options, stop, late)
    # pywsgi says multithread=False, yet greenlets do enter the application while others wait in it
    true = {"wsgi.multithread": True, "wsgi.multiprocess": options.processes > 1, "SERVER_NAME": "", "SERVER_PORT": ""}
    door = Door(listener)

    class Client(gevent.socket.socket):  # type: ignore[misc]
        def sendall(self, data: Any, flags: int = 0) -> None:
            """Its client has `timeout` for each piece, not for all of it."""
            for start in range(0, len(data), PIECE):
                super().sendall(memoryview(data)[start : start + PIECE], flags)

    class Server(pywsgi.WSGIServer):  # type: ignore[misc]
        def do_read(self) -> tuple[socket.socket, Any] | None:
            """Accept one connection; pywsgi would log each failure with its traceback."""
            if found := door.accept():
                client = Client(fileno=found[0].detach())
                return client, found[1]
            if door.shut:
                self.stop_accepting()
                gevent.spawn_later(PAUSE, lambda: self.started and self.start_accepting())
            return None

    server = Server(listener, application, spawn=options.connections, log=None, handler_class=handling, environ=true)
    server.start()
    gevent.spawn(late.look, stop)
    stop.wait()
    server.close()
    deadline = time.monotonic() + options.graceful_timeout
    for patience, idle in ((LINGER, handling.kept), (FIRST - LINGER, handling.fresh)):
        server.pool.join(timeout=max(0.0, min(patience, deadline - time.monotonic())))
        for connection in list(idle):
            connection.shutdown()
    server.pool.join(timeout=max(0.0, deadline - time.monotonic()))
    server.pool.kill(timeout=1)
