"""An adapter as small as one can be: wsgiref's server, one request at a time."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from .options import Options

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

protocols = ("http",)
requires = ()
programs: dict[str, str] = {}
inherits = ("tcp",)
forks = False
stop_signal = "TERM"


def serve(load: Callable[[], WSGIApplication], listener: socket.socket, options: Options) -> None:
    """Serve until SIGTERM."""
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    application = load()
    signal.signal(signal.SIGTERM, stop)
    server = WSGIServer(listener.getsockname(), WSGIRequestHandler, bind_and_activate=False)
    server.socket.close()
    server.socket, server.timeout = listener, 0.1
    server.server_name, server.server_port = listener.getsockname()
    server.setup_environ()
    server.set_app(application)
    while not stopping:
        server.handle_request()
