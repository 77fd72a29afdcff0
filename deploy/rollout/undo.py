"""How a deployment that failed ends: what it did is undone, last things first, and the journal says so."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterable
from types import ModuleType

from ..cli import advice
from ..cli.progress import Progress
from ..errors import DeployError, Failed, Stuck
from ..machine import orphans
from ..site import journal
from .context import Context

ADVICE = "deploy again: that begins with undoing it; or run '{}' first"

# What an application says that writes beside its own code: Python of a relative path, SQLite of any.
WRITES = re.compile(
    r"(?:Permission denied|Read-only file system): '[^/]"
    "|unable to open database file|attempt to write a readonly database"
)


def name(step: ModuleType) -> str:
    """What a step is called."""
    return step.__name__.rpartition(".")[2]


def reason(step: ModuleType, error: BaseException) -> DeployError:
    """What to say when a step ended with `error`."""
    if isinstance(error, DeployError):
        return error
    why = "interrupted" if isinstance(error, KeyboardInterrupt) else str(error) or type(error).__name__
    if isinstance(error, shutil.Error):  # one for each file that was not copied
        why = f"{error.args[0][0][-1]}, and so for {len(error.args[0])} files"
    return Failed(f"{name(step)}: {why}")


def undo(begun: Iterable[ModuleType], ctx: Context, progress: Progress, cause: DeployError) -> DeployError:
    """Undo the steps that were begun, under the lock; the error to raise: `cause`, or Stuck when that failed."""
    at = "what it runs"
    try:
        orphans.end(ctx.release.id)
        for step in reversed([step for step in begun if hasattr(step, "undo")]):
            at, started = f"the step {name(step)}", time.monotonic()
            progress.begin(f"undo {name(step)}")
            step.undo(ctx)
            progress.done(f"undo {name(step)}", "", time.monotonic() - started)
    except (DeployError, OSError) as error:
        then = ADVICE.format(advice.command(ctx.root, "stop"))
        cause = Stuck(f"{cause}\nthen undoing {at} failed: {error}\n{then}")
    if WRITES.search(str(cause).replace(f"{ctx.project}/", "").replace(f"{ctx.release.folder}/", "")):
        cause.args = (f"{cause}\na release cannot be written: keep data in DATA_FOLDER, {ctx.root.data}",)
    if ctx.backup:
        cause.args = (f"{cause}\n{_restoring(ctx)}",)
    _record(ctx, cause)
    return cause


def _restoring(ctx: Context) -> str:
    """How to go back to the backup, which nobody may want: writes since then would be lost."""
    root = ctx.root
    return (f"migrations that went well are not undone; the backup made before is {ctx.backup}. To go back to it, and "
            f"lose what was written since: {advice.command(root, 'stop')}, move what is in {root.data} elsewhere (or "
            f"name empty databases in {root.secrets}), {advice.command(root, 'flask', 'restore', ctx.backup)}, "
            f"{advice.command(root, 'start')}")  # fmt: skip


def _record(ctx: Context, cause: DeployError) -> None:
    try:
        if ctx.began:
            result = journal.STUCK if isinstance(cause, Stuck) else journal.FAILED
            journal.record(ctx.root, ctx.release, ctx.action, result, ctx.who, ctx.began)
    except OSError as error:
        cause.args = (f"{cause}\nnote: {ctx.root.journal} does not have this: {error.strerror}",)
