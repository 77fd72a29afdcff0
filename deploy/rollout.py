"""Run the steps of a deployment, write into the journal how it ended, and say what is live then."""

from __future__ import annotations

from types import ModuleType

from . import journal, steps, supervise
from .context import Context
from .errors import DeployError, Locked, Stuck
from .progress import Progress
from .release import Root, live
from .request import Answer


def roll_out(ctx: Context, todo: tuple[ModuleType, ...], action: str, progress: Progress) -> Answer:
    """Do the steps; raises DeployError when one failed, after the journal has it."""
    ctx.action = action
    try:
        with progress:
            steps.run(todo, ctx, progress)
    except Locked:
        raise
    except DeployError as error:
        now = _named(ctx.root) if isinstance(error, Stuck) else _live(ctx)
        error.args = (f"{error}\n{_recorded(ctx, journal.FAILED)}{now}",)
        raise
    progress.tell(_recorded(ctx, journal.LIVE) + _finished(ctx))
    return Answer()  # what was told is no answer: whether anybody reads it does not matter any more


def _recorded(ctx: Context, result: str) -> str:
    """Write the end into the journal, if it has the beginning; a line that says why it could not, else nothing."""
    try:
        if ctx.began:
            journal.record(ctx.root, ctx.release, ctx.action, result, ctx.who, ctx.began)
    except OSError as error:
        return f"note: {ctx.root.journal} does not have this: {error.strerror}\n"
    return ""


def _finished(ctx: Context) -> str:
    release, target = ctx.release, ctx.release.target
    return f"live: {release.url} release {release.id} adapter {target.adapter} frontend {target.frontend}"


def _live(ctx: Context) -> str:
    release = supervise.serving(ctx.host, ctx.root, live(ctx.root))
    if release is None:
        return "nothing is live"
    return f"still live: release {release.id}, adapter {release.target.adapter}"


def _named(root: Root) -> str:
    """After an undo that failed nobody knows what serves."""
    release = live(root)
    named = f"release {release.id}, adapter {release.target.adapter}" if release else "nothing"
    return f"{root.current} names {named}; 'make status ROOT={root.path}' says what runs"
