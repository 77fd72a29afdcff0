"""Run the steps of a deployment and write into the journal how it ended."""

from __future__ import annotations

from types import ModuleType

from . import journal, steps
from .context import Context
from .errors import DeployError
from .progress import Progress
from .request import Answer


def roll_out(ctx: Context, todo: tuple[ModuleType, ...], action: str, progress: Progress) -> Answer:
    """Do the steps; raises DeployError when one failed, after the journal has it."""
    release = ctx.release
    try:
        steps.run(todo, ctx, progress)
    except DeployError:
        if ctx.root.journal.exists():
            journal.record(ctx.root, release, action, journal.FAILED)
        raise
    journal.record(ctx.root, release, action, journal.LIVE)
    target = release.target
    live = f"live: {release.url} release {release.id} adapter {target.adapter} frontend {target.frontend}"
    progress.tell(live)  # not an answer: whether anybody reads it does not matter any more
    return Answer()
