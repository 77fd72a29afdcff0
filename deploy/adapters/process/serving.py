"""Serve with an adapter until SIGTERM: its application loaded in the right surroundings, its socket, its library."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ..options import Options, Unservable
from ..wsgi import application
from . import handlers, library, listener, surroundings
from .notify import notify

if TYPE_CHECKING:
    import socket
    from wsgiref.types import WSGIApplication


def serve(adapter: Any, options: Options) -> None:
    """Serve with the adapter's module until SIGTERM. Each serving process calls `load` before its first accept."""
    surroundings.widen()
    supervisor = os.environ.get("NOTIFY_SOCKET", "")

    def load() -> WSGIApplication:
        surroundings.serving(options)
        try:
            served = handlers.keep(lambda: application.load(options))
        except Unservable as error:
            notify(supervisor, f"ERRNO=1\nSTATUS={error}")
            raise
        notify(supervisor, "READY=1")
        return served

    def start(listening: socket.socket | None) -> None:
        library.within(adapter, lambda: adapter.serve(load, listening, options))
        handlers.call()

    if adapter.inherits:
        with listener.listening(options.listen, os.environ) as listening:
            start(listening)
    else:
        start(None)
