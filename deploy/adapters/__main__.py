"""python -m deploy.adapters NAME: the one process command every supervisor runs, in the folder of a release."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import os
import socket
import sys
from typing import TYPE_CHECKING

from . import ADAPTERS, application, listener, options

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


def main() -> int:
    """Serve, preflight or describe the release in the current folder; 0, or 1 with the reason on standard error."""
    parser = argparse.ArgumentParser(prog="python -m deploy.adapters", description=__doc__)
    parser.add_argument("what", choices=[*ADAPTERS, "preflight", "describe"], help="an adapter to serve with, "
                        "'preflight' to try the application, or 'describe' to list its Flask commands as JSON")
    parser.add_argument("--listen", help="unix socket path or host:port, when no listening socket is inherited")
    arguments = parser.parse_args()
    try:
        settings = options.read(os.getcwd())
        if arguments.listen:
            settings = dataclasses.replace(settings, listen=arguments.listen)
        if arguments.what == "preflight":
            application.load(settings)
        elif arguments.what == "describe":
            found = application.find(settings.application)
            print(json.dumps(sorted(getattr(getattr(found, "cli", None), "commands", {}))))
        else:
            serve(arguments.what, settings)
    except options.Unservable as error:
        print(f"{arguments.what}: {error}", file=sys.stderr)
        return 1
    return 0


def serve(name: str, settings: options.Options) -> None:
    """Import the adapter's room and serve until SIGTERM. Each serving process calls `load` before its first accept."""
    adapter = importlib.import_module(ADAPTERS[name])

    def load() -> WSGIApplication:
        served = application.load(settings)
        notify(os.environ.get("NOTIFY_SOCKET", ""))
        return served

    inherited = listener.listen(settings.listen, os.environ) if adapter.inherits else None
    try:
        adapter.serve(load, inherited, settings)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in {r.replace("-", "_") for r in adapter.requires}:
            raise
        wanted = " ".join(adapter.requires)
        raise options.Unservable(f"the library {error.name} is missing: pip install {wanted}") from error


def notify(address: str) -> None:
    """Tell the supervisor that this process is ready (sd_notify(3)); nobody listening is no error, as there."""
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        if channel.connect_ex("\0" + address[1:] if address.startswith("@") else address) == 0:
            channel.send(b"READY=1")


if __name__ == "__main__":
    sys.exit(main())
