"""migrate: the application is imported and makes its databases' schema, once, before any new worker starts; no undo."""

from __future__ import annotations

import re
from pathlib import Path

from ..context import Context
from ..errors import DeployError, Failed, Refused
from ..hosts import tail
from ..release import Release

COMMAND = "init-db"  # the application's own, if it has one


def do(ctx: Context) -> str:
    """Both in one process; raises Refused when the application cannot be imported, Failed when its migration fails.

    Migrations must be compatible with the release before: it goes on serving during and, if a later step fails, after.
    The command makes a backup when there is data, and names it.
    """
    release = ctx.release
    argv: list[str | Path] = [release.python, "-m", "deploy.adapters", "migrate", COMMAND]
    within = ["--within", str(release.settings.start_timeout)]
    done = ctx.host.run([*argv, *within], cwd=release.folder, as_user=True, check=False)
    printed, imported, said = done.stdout.partition(f"imported: {release.settings.application}\n")
    if not imported:
        raise _unimported(ctx, done.returncode, printed)
    return "; ".join(tail(_answer(ctx, COMMAND, done.returncode, said), 2).splitlines())


def flask(ctx: Context, release: Release, *words: str) -> str:
    """What a Flask command of a release prints; raises Failed."""
    argv: list[str | Path] = [release.python, "-m", "deploy.adapters", "run", "flask", *words]
    done = ctx.host.run(argv, cwd=release.folder, as_user=True, check=False)
    return _answer(ctx, " ".join(words), done.returncode, done.stdout)


def _answer(ctx: Context, command: str, code: int, said: str) -> str:
    """What a command has printed, the backup that it names remembered; raises Failed."""
    named = re.search(r"^backup: (\S+)$", said, re.MULTILINE)
    ctx.backup = named[1] if named else ctx.backup
    if code:
        raise Failed(f"flask {command} exited {code}:\n{tail(said)}")
    return said


def _unimported(ctx: Context, code: int, printed: str) -> DeployError:
    """Why: what it says of the release is true of the project, which is still there when the release is gone."""
    seconds = ctx.release.settings.start_timeout
    printed = printed.replace(str(ctx.release.folder), str(ctx.project))
    before, timed_out, places = printed.rpartition("Timeout (")
    if timed_out:
        return Failed(f"the application was not imported within {seconds} s: it waits for something, or needs a longer "
                      f"START_TIMEOUT; it was here:\n{tail(places.partition(chr(10))[2], 40)}")  # fmt: skip
    before, refused, why = printed.rpartition("migrate: ")
    if not refused:  # it was killed, perhaps
        return Failed(f"the application could not be imported (exit code {code}): {tail(printed, 40)}")
    return Refused(tail(why, 40) + (f"\nbefore that it printed:\n{tail(before)}" if before.strip() else ""))
