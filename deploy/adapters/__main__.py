"""python -m deploy.adapters NAME: the one process command every supervisor runs, in the folder of a release."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from . import ADAPTERS

if TYPE_CHECKING:
    import argparse


def main(arguments: list[str]) -> int:
    """Serve, try or describe the release in the current folder; 0, or 1 with the reason on standard error."""
    name = arguments[0] if arguments else ""
    adapter: Any = importlib.import_module(ADAPTERS[name]) if name in ADAPTERS else None
    from .options import Unservable
    from .process import library

    try:
        if hasattr(adapter, "begin"):  # gevent patches the standard library before anything else is imported
            library.within(adapter, adapter.begin)
        code = run(adapter, arguments)
    except Unservable as error:
        print(f"{name}: {error}", file=sys.stderr, flush=True)
        code = 1
    if not adapter:
        from .process import described

        described.leave(code)
    return code


def run(adapter: Any, arguments: list[str]) -> int:
    """Do what the command line says for the release in the current folder."""
    import os

    from . import options
    from .process import described, programs, serving, surroundings
    from .wsgi import application

    if arguments[:1] == ["run"]:
        programs.run(arguments[1:])
    given = _parse(arguments)
    settings = options.read(os.getcwd())
    if adapter:
        serving.serve(adapter, settings._replace(listen=given.listen or settings.listen))
        return 0
    surroundings.enter(settings)
    if given.what == "preflight":
        application.load(settings)
    else:
        import json

        print("described:", json.dumps(described.describe(settings, given.within)), flush=True)
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    import argparse

    parser = argparse.ArgumentParser(prog="python -m deploy.adapters", description=__doc__)
    what = "an adapter to serve with, 'preflight' to try the application, 'describe' to list its Flask commands as JSON"
    parser.add_argument("what", choices=[*ADAPTERS, "preflight", "describe"], help=what)
    parser.add_argument("--within", type=int, default=60, help="seconds 'describe' gives the import (default: 60)")
    parser.add_argument("--listen", help="unix socket path or host:port, when no listening socket is inherited")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
