"""A command on a host, on the caller's terminal or on what is there in its place."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
import tty
from collections.abc import Sequence
from typing import Any

from .addresses import Address
from .ssh import as_root, ended, session

STREAMS = ("stdin", "stdout", "stderr")


def attach(address: Address, words: Sequence[str]) -> int:
    """Run a command as root on the caller's terminal, or on what is there in its place; raises as `run` does."""
    import asyncssh

    terminal = "xterm" if sys.stdin.isatty() else None

    async def talk(connection: Any) -> int:
        streams = {name: asyncssh.DEVNULL if _is_null(getattr(sys, name)) else getattr(sys, name) for name in STREAMS}
        async with connection.create_process(as_root(words), term_type=terminal, **streams) as process:
            return await ended(process)

    before = termios.tcgetattr(sys.stdin) if terminal else None
    try:
        if terminal:
            tty.setraw(sys.stdin)  # the terminal there echoes, or not
        return asyncio.run(session(address, talk))
    finally:
        if before:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _is_null(stream: Any) -> bool:
    """Whether it is /dev/null, which cannot be waited for."""
    return os.path.samestat(os.fstat(stream.fileno()), os.stat(os.devnull))
