"""What a deployment has to know of an application: which Flask commands it has, and what keeps its process from
ending."""

from __future__ import annotations

import faulthandler
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from ..wsgi import application

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..options import Options

PATIENCE = 2  # seconds in which a process that has nothing more to do ends, when nothing keeps it


def describe(settings: Options, seconds: int) -> list[str] | None:
    """Import the application; the names of its commands, with those of groups, or None when it is not Flask's.

    Raises Unservable. An import that takes longer than `seconds` ends the process and says where it was.
    """
    faulthandler.dump_traceback_later(seconds, exit=True)
    found = application.find(settings.application)
    faulthandler.cancel_dump_traceback_later()
    return sorted(_names(found.cli)) if hasattr(found, "cli") else None


def _names(cli: Any) -> Iterator[str]:
    """Those that `flask` would find beside its own: the application's, and what is installed for every application."""
    from importlib.metadata import entry_points

    commands = {**{point.name: point.load() for point in entry_points(group="flask.commands")}, **cli.commands}
    for name, command in commands.items():
        yield name
        yield from (f"{name} {inner}" for inner in getattr(command, "commands", {}))


def leave(code: int) -> None:
    """The process has nothing more to do; what keeps it from ending is named after `kept: `, and it ends all the same.

    Threads of the application's, mostly: those that are not daemons are waited for by Python.
    """

    def end() -> None:
        time.sleep(PATIENCE)
        ours = (threading.current_thread(), threading.main_thread())
        names = [each.name for each in threading.enumerate() if each not in ours and not each.daemon]
        sys.stdout.write(f"kept: {', '.join(map(repr, names)) or 'what runs at its exit'}\n")
        sys.stdout.flush()
        os._exit(code)

    threading.Thread(target=end, name="leave", daemon=True).start()
