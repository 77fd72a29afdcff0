"""downgrade: where it was asked for, the commands that the release to leave names take back what its own have done."""

from __future__ import annotations

import shlex

from ...errors import Refused
from ...site.on_disk import live
from ...site.release import Release
from .. import release_commands
from ..context import Context


def do(ctx: Context) -> str:
    """The newer release alone knows the way back. From then on it answers 503, until the switch to the older one."""
    newer = _newer(ctx)
    if newer is None:
        return ""
    commands = newer.settings.release_undo
    if not commands:
        raise Refused(f"DOWNGRADE=yes, but release {newer.id} names no commands for that: the setting release_undo "
                      "names them for each release that is deployed with it")  # fmt: skip
    ctx.downgraded = True
    folder = shlex.quote(str(ctx.release.folder))
    said = [release_commands.run(ctx, newer, command.replace("{release}", folder)) for command in commands]
    return "; ".join("".join(said).splitlines())


def undo(ctx: Context) -> None:
    """Up again, for the newer release goes on serving; what was dropped is in the backup only."""
    newer = _newer(ctx)
    if newer and ctx.downgraded:
        for command in newer.settings.release:
            release_commands.run(ctx, newer, command)


def _newer(ctx: Context) -> Release | None:
    """The release to leave, if the databases are to follow."""
    return (ctx.previous or live(ctx.root)) if ctx.downgrade else None
