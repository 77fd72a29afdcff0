"""Run the steps of a deployment, and say what is live then."""

from __future__ import annotations

from types import ModuleType

from . import steps, supervise
from .context import Context
from .errors import DeployError, Locked, Stuck
from .progress import Progress
from .release import Root, live
from .request import Answer


def roll_out(ctx: Context, todo: tuple[ModuleType, ...], action: str, progress: Progress) -> Answer:
    """Do the steps; raises DeployError when one failed."""
    ctx.action = action
    try:
        with progress:
            steps.run(todo, ctx, progress)
    except Locked:
        raise
    except DeployError as error:
        now = _named(ctx.root) if isinstance(error, Stuck) else _live(ctx)
        error.args = (f"{error}\n{now}",)
        raise
    release, target = ctx.release, ctx.release.target
    live = f"live: {release.url} release {release.id} adapter {target.adapter} frontend {target.frontend}"
    progress.tell(live)  # not an answer: whether anybody reads it does not matter any more
    return Answer()


def _live(ctx: Context) -> str:
    release = supervise.serving(ctx.host, ctx.root, live(ctx.root))
    return f"still live: release {release.id}, adapter {release.target.adapter}" if release else "nothing is live"


def _named(root: Root) -> str:
    """After an undo that failed nobody knows what serves."""
    release = live(root)
    named = f"release {release.id}, adapter {release.target.adapter}" if release else "nothing"
    return f"{root.current} names {named}; 'make status ROOT={root.path}' says what runs"
