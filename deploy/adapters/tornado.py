"""Tornado: `python -m deploy.adapters tornado`, an event loop for connections, `threads` threads for the application.

Its HTTP server is used as it is. Its WSGIContainer is not: that buffers whole bodies both ways, loses chunked ones,
and never answers when the application fails (tornado_exchange.py does what it does).
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .options import LINGER, Options
from .threads import Pool

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

protocols = ("http",)
requires = ("tornado",)
programs: dict[str, str] = {}
inherits = True
forks = False
stop_signal = "TERM"

CUT = 64 * 1024  # bytes of header at which Tornado cuts the connection; from header_limit up to it the answer is 431


def serve(load: Callable[[], WSGIApplication], listener: socket.socket, options: Options) -> None:
    """Serve until SIGTERM."""
    asyncio.run(_serve(load(), listener, options))


async def _serve(application: WSGIApplication, listener: socket.socket, options: Options) -> None:
    from tornado.httpserver import HTTPServer
    from tornado.iostream import IOStream

    from .tornado_exchange import exchanges

    class Stream(IOStream):  # type: ignore[misc]
        def set_nodelay(self, value: bool) -> None:
            """Left on: Tornado turns it off between responses, and pieces of a streamed one would wait."""

    class Server(HTTPServer):  # type: ignore[misc]
        def on_close(self, server_conn: object) -> None:
            """Forget a connection that its client has closed."""
            super().on_close(server_conn)
            taken.idle.pop(server_conn, None)

    def accept() -> None:
        """Take one connection: Tornado by itself takes a hundred at once from the processes beside it."""
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            accepted, address = listener.accept()
            server.handle_stream(Stream(accepted), address)

    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    taken = exchanges(application, options, Pool(options.threads), stop)
    idle = options.keepalive_timeout
    server = Server(taken, idle_connection_timeout=idle, max_header_size=CUT, max_body_size=2**62)
    loop.add_reader(listener, accept)
    await stop.wait()
    loop.remove_reader(listener)
    listener.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(options.graceful_timeout):
            await _drain(taken)


async def _drain(taken: Any) -> None:
    """Wait until all is answered; connections that nothing comes on are closed after a moment."""
    deadline = time.monotonic() + LINGER
    while taken.active or taken.idle:
        if time.monotonic() > deadline:
            for connection in list(taken.idle.values()):
                connection.close()
            taken.idle.clear()
        await asyncio.sleep(0.02)
