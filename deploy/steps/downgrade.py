"""downgrade: where it was asked for, the databases go back to what an older release knows, after a backup."""

from __future__ import annotations

import re

from ..context import Context
from ..release import Release, live
from .migrate import COMMAND, flask

FOUND = re.compile(r"^(?P<bind>\S+)\t(?P<found>\S+)\tneeds (?P<needed>\S+)$", re.MULTILINE)


def do(ctx: Context) -> str:
    """Only the newer release knows the way back; from then on it answers 503, until the older one is switched to."""
    newer = _newer(ctx)
    if newer is None:
        return ""
    said = []
    for bind, found, needed in FOUND.findall(flask(ctx, ctx.release, "db", "current")):
        if found not in (needed, "none"):
            ctx.downgraded = True
            said += flask(ctx, newer, "db", "downgrade", "--bind", bind, needed).splitlines()
    return "; ".join(said) or "the databases are at its revision"


def undo(ctx: Context) -> None:
    """Up again, for the newer release goes on serving; what was dropped is in the backup only."""
    newer = _newer(ctx)
    if newer and ctx.downgraded:
        flask(ctx, newer, COMMAND)


def _newer(ctx: Context) -> Release | None:
    """The release to leave, if the databases are to follow."""
    return (ctx.previous or live(ctx.root)) if ctx.downgrade else None
