"""Tornado: `python -m deploy.adapters tornado`, an event loop for connections, `threads` threads for the application.

Its HTTP server is used as it is. Its WSGIContainer is not: that buffers whole bodies both ways, loses chunked ones,
and never answers when the application fails (exchange.py does what it does).
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..loop.door import PAUSE, Door
from ..loop.threads import Pool
from ..options import Options

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

protocols = ("http",)
requires = ("tornado>=6.5,<6.7",)
programs: dict[str, str] = {}
inherits = ("unix", "tcp")
forks = False
stop_signal = "TERM"

LOOK = 0.25  # seconds between two looks at what has waited for long enough
CUT = 64 * 1024  # bytes of header at which Tornado cuts the connection; from header_limit up to it the answer is 431


def serve(load: Callable[[], WSGIApplication], listener: socket.socket, options: Options) -> None:
    """Serve until SIGTERM."""
    asyncio.run(_serve(load(), listener, options))


async def _serve(application: WSGIApplication, listener: socket.socket, options: Options) -> None:
    from tornado.httpserver import HTTPServer

    from .exchange import exchanges
    from .late import Late
    from .stream import close_idle, close_unread, kind

    Stream = kind(options)

    def accept() -> None:
        """Take one connection: Tornado by itself takes a hundred at once from the processes beside it."""
        if found := door.accept():
            accepted, address = found
            streams.add(stream := Stream(accepted))
            server.handle_stream(stream, address)
        elif door.shut:
            loop.remove_reader(listener)
            loop.call_later(PAUSE, lambda: stop.is_set() or loop.add_reader(listener, accept))

    door = Door(listener)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    late = Late(options, Pool(options.threads))
    delegate = exchanges(application, options, late, stop)
    idle = options.keepalive_timeout
    server = HTTPServer(delegate, idle_connection_timeout=idle, max_header_size=CUT, max_body_size=2**62)
    loop.add_reader(listener, accept)
    streams: set[Any] = set()  # from accept to the last byte sent

    while not stop.is_set():
        streams -= {each for each in streams if each.closed()}
        close_unread(streams, options.timeout)
        if late.look():
            stop.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK)
    loop.remove_reader(listener)
    listener.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(options.graceful_timeout):
            stopped = loop.time()
            while streams := {each for each in streams if not each.closed()}:
                close_idle(streams, stopped)
                close_unread(streams, options.timeout)
                late.look()
                await asyncio.sleep(0.02)
