"""What a supervisor has to run for an application."""

from typing import NamedTuple


class Program(NamedTuple):
    """One command, run in the release's folder as the site's user."""

    argv: list[str]
    instances: int
    inherits: tuple[str, ...]  # the kinds of listening socket that it takes, on standard input: unix, tcp
    blocking: bool  # expects that socket in blocking mode
    stop_signal: str  # drains it
    announced: int  # how many of its processes will say READY=1
