"""Run the steps of a deployment, and say what is live then."""

from __future__ import annotations

from types import ModuleType

from .. import supervisors
from ..cli import advice
from ..cli.progress import Progress
from ..cli.request import Answer
from ..errors import DeployError, Failed, Locked, Stuck
from ..site import ask
from ..site.on_disk import live
from ..site.release import Root
from . import steps
from .context import Context

PATIENCE = 10  # seconds for the answer to one request
BACK = "where the databases are too new for it, 'rollback' with DOWNGRADE=yes takes them back too, after a backup"


def roll_out(ctx: Context, todo: tuple[ModuleType, ...], action: str, progress: Progress) -> Answer:
    """Do the steps; raises DeployError when one failed."""
    ctx.action = action
    try:
        with progress:
            steps.run(todo, ctx, progress)
    except Locked:
        raise
    except DeployError as error:
        raise _with_what_is_live(error, ctx) from error
    release, target = ctx.release, ctx.release.target
    live = f"live: {release.url} release {release.id} adapter {target.adapter} frontend {target.frontend}"
    progress.tell(live)  # not an answer: whether anybody reads it does not matter any more
    if action == "deploy" and ctx.named is None and not supervisors.ROOMS[release.settings.supervisor].hosted:
        for line in advice.first_steps(ctx.root, release.settings.address):
            progress.complain(line)
    return Answer()


def _with_what_is_live(error: DeployError, ctx: Context) -> DeployError:
    """The same error with a last line; Stuck when what is live again cannot serve, after a migration perhaps."""
    if isinstance(error, Stuck):
        return Stuck(f"{error}\n{_named(ctx.root)}")
    if isinstance(error, Failed) and ctx.action == "rollback" and not ctx.downgrade:
        error = type(error)(f"{error}\n{BACK}")
    release = supervisors.serving(ctx.host, ctx.root, live(ctx.root))
    if release is None:
        return type(error)(f"{error}\n{_stopped(ctx.root)}")
    now = f"still live: release {release.id}, adapter {release.target.adapter}"
    why = ask.unready(release, PATIENCE) if isinstance(error, Failed) else ""
    return Stuck(f"{error}\n{now}, but it is not ready: {why}") if why else type(error)(f"{error}\n{now}")


def _stopped(root: Root) -> str:
    """What `start` would start, where nothing runs."""
    release = live(root)
    return f"stopped: release {release.id}; '{advice.command(root, 'start')}' starts it" if release else \
        "nothing is live"  # fmt: skip


def _named(root: Root) -> str:
    """After an undo that failed nobody knows what serves."""
    release = live(root)
    named = f"release {release.id}, adapter {release.target.adapter}" if release else "nothing"
    return f"{root.current} names {named}; '{advice.command(root, 'status')}' says what runs"
