"""python -m deploy.adapters NAME: the one process command every supervisor runs, in the folder of a release."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from . import ADAPTERS

if TYPE_CHECKING:
    import argparse
    import socket
    from wsgiref.types import WSGIApplication

    from .options import Options


def main(arguments: list[str]) -> int:
    """Serve, try or describe the release in the current folder; 0, or 1 with the reason on standard error."""
    name = arguments[0] if arguments else ""
    adapter: Any = importlib.import_module(ADAPTERS[name]) if name in ADAPTERS else None
    from . import commands, programs
    from .options import Unservable

    try:
        if hasattr(adapter, "begin"):  # gevent patches the standard library before anything else is imported
            _with_library(adapter, adapter.begin)
        if name == "run":
            programs.run(arguments[1:])
        code = run(adapter, _parse(arguments))
    except Unservable as error:
        print(f"{name}: {error}", file=sys.stderr, flush=True)
        code = 1
    if not adapter:
        commands.leave(code)
    return code


def _parse(arguments: list[str]) -> argparse.Namespace:
    import argparse

    parser = argparse.ArgumentParser(prog="python -m deploy.adapters", description=__doc__)
    what = "an adapter to serve with, 'preflight' to try the application, 'describe' to list its Flask commands as JSON"
    parser.add_argument("what", choices=[*ADAPTERS, "preflight", "describe"], help=what)
    parser.add_argument("--within", type=int, default=60, help="seconds 'describe' gives the import (default: 60)")
    parser.add_argument("--listen", help="unix socket path or host:port, when no listening socket is inherited")
    return parser.parse_args(arguments)


def run(adapter: Any, arguments: argparse.Namespace) -> int:
    """Do what the command line says for the release in the current folder."""
    import json
    import os

    from . import application, commands, options, surroundings

    settings = options.read(os.getcwd())
    if arguments.listen:
        settings = settings._replace(listen=arguments.listen)
    if adapter:
        serve(adapter, settings)
        return 0
    surroundings.enter(settings)
    if arguments.what == "preflight":
        application.load(settings)
    else:
        print("described:", json.dumps(commands.describe(settings, arguments.within)), flush=True)
    return 0


def serve(adapter: Any, settings: Options) -> None:
    """Serve with the adapter's room until SIGTERM. Each serving process calls `load` before its first accept."""
    import os

    from . import application, door, handlers, listener, surroundings
    from .options import Unservable
    from .preflight import notify

    door.widen()
    supervisor = os.environ.get("NOTIFY_SOCKET", "")

    def load() -> WSGIApplication:
        surroundings.serving(settings)
        try:
            served = handlers.keep(lambda: application.load(settings))
        except Unservable as error:
            notify(supervisor, f"ERRNO=1\nSTATUS={error}")
            raise
        notify(supervisor, "READY=1")
        return served

    def start(listening: socket.socket | None) -> None:
        _with_library(adapter, lambda: adapter.serve(load, listening, settings))
        handlers.call()

    if adapter.inherits:
        with listener.listening(settings.listen, os.environ) as listening:
            start(listening)
    else:
        start(None)


def _with_library(adapter: Any, action: Any) -> None:
    """Do `action`; when the adapter's library is missing, say what to install."""
    try:
        action()
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in {r.replace("-", "_") for r in adapter.requires}:
            raise
        from .options import Unservable

        raise Unservable(f"the library {error.name} is missing: pip install {' '.join(adapter.requires)}") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
