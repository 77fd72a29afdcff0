"""The steps of a deployment, in order; each has do(ctx), which returns a word for the user, and perhaps undo(ctx)."""

from __future__ import annotations

import time
from types import ModuleType

from ..context import Context
from ..errors import DeployError, Failed, Stuck
from ..progress import Progress
from . import (
    check,
    drain,
    folders,
    inspect,
    install,
    lock,
    migrate,
    preflight,
    prune,
    release,
    render,
    start,
    switch,
    verify,
)

STEPS = (
    lock,
    folders,
    release,
    install,
    render,
    check,
    inspect,
    migrate,
    preflight,
    start,
    switch,
    verify,
    drain,
    prune,
)
ROLLBACK = (lock, check, preflight, start, switch, verify, drain)


def run(steps: tuple[ModuleType, ...], ctx: Context, progress: Progress) -> None:
    """Do the steps; when one fails, undo it and the earlier ones in reverse and raise its error.

    Raises DeployError; Stuck when an undo failed too.
    """
    begun: list[ModuleType] = []
    try:
        for step in steps:
            begun.append(step)
            progress.begin(_name(step))
            started = time.monotonic()
            detail = step.do(ctx)
            progress.done(_name(step), detail, time.monotonic() - started)
    except (DeployError, OSError, KeyboardInterrupt) as error:
        _undo(begun, ctx, progress, error)
        if isinstance(error, DeployError):
            raise
        raise Failed(f"{_name(begun[-1])}: {error or type(error).__name__}") from error
    finally:
        if lock in begun:
            lock.leave(ctx)


def _undo(begun: list[ModuleType], ctx: Context, progress: Progress, cause: BaseException) -> None:
    for step in reversed([step for step in begun if hasattr(step, "undo")]):
        started = time.monotonic()
        progress.begin(f"undo {_name(step)}")
        try:
            step.undo(ctx)
        except (DeployError, OSError) as error:
            advice = f"run 'make stop ROOT={ctx.root.path}', then deploy again"
            raise Stuck(f"{cause}\nthen undoing the step {_name(step)} failed: {error}\n{advice}") from error
        progress.done(f"undo {_name(step)}", "", time.monotonic() - started)


def _name(step: ModuleType) -> str:
    return step.__name__.rpartition(".")[2]
