"""The application's own Flask commands, for who deploys it."""

from __future__ import annotations

import faulthandler
import sys
from typing import TYPE_CHECKING, Any

from . import application

if TYPE_CHECKING:
    from .options import Options


def names(found: Any) -> list[str]:
    """What commands an application has; none when it is not Flask's."""
    return sorted(getattr(getattr(found, "cli", None), "commands", {}))


def migrate(settings: Options, command: str, seconds: int) -> None:
    """Import the application, say so, and run its `command` if it has it; exits as the command does (SystemExit).

    Raises Unservable. An import that takes longer than `seconds` ends the process and says where it was.
    """
    faulthandler.dump_traceback_later(seconds, exit=True)
    found = application.find(settings.application)
    faulthandler.cancel_dump_traceback_later()
    sys.stdout.write(f"imported: {settings.application}\n")
    sys.stdout.flush()
    if command not in names(found):
        sys.stdout.write(f"the application has no command {command}\n")
        return
    from flask.cli import ScriptInfo

    found.cli.main([command], prog_name="flask", obj=ScriptInfo(create_app=lambda: found, set_debug_flag=False))
