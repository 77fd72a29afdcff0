"""The commands: each is a room of its name with run(request); finding one imports no other."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..cli.commands import COMMANDS

if TYPE_CHECKING:  # so that --help is quick
    from ..cli.request import Answer, Request


def load(name: str, elsewhere: bool) -> Callable[[Request], Answer]:
    """The function of a command, here or on hosts; it raises DeployError."""
    room = "deploy.fleet" if elsewhere or COMMANDS[name].for_hosts else f"{__name__}.{name}"
    run: Callable[[Request], Answer] = importlib.import_module(room).run
    return run
