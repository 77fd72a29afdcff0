"""The steps of a deployment, in order; each has do(ctx), which returns a word for the user, and perhaps undo(ctx)."""

from __future__ import annotations

import time
from types import ModuleType

from ...cli.progress import Progress
from ...errors import DeployError
from ...machine import interruptions
from .. import undo
from ..context import Context
from . import (
    check,
    downgrade,
    drain,
    folders,
    install,
    lock,
    migrate,
    preflight,
    prune,
    record,
    recover,
    release,
    render,
    start,
    switch,
    verify,
)

STEPS = (
    lock,
    recover,
    folders,
    release,
    install,
    render,
    check,
    migrate,
    preflight,
    start,
    switch,
    verify,
    record,
    drain,
    prune,
)
ROLLBACK = (lock, recover, check, downgrade, preflight, start, switch, verify, record, drain)


def run(steps: tuple[ModuleType, ...], ctx: Context, progress: Progress) -> None:
    """Do the steps; when one fails, undo it and the earlier ones in reverse and raise its error.

    Raises DeployError; Stuck when an undo failed too.
    """
    begun: list[ModuleType] = []
    try:
        with interruptions.raised():
            for step in steps:
                begun.append(step)
                progress.begin(undo.name(step))
                started = time.monotonic()
                detail = step.do(ctx)
                progress.done(undo.name(step), detail, time.monotonic() - started)
                while ctx.notes:
                    progress.tell(f"note: {ctx.notes.pop(0)}")
    except BaseException as error:
        told = undo.reason(begun[-1], error)
        if ctx.lock is not None:
            with interruptions.put_off():
                told = undo.undo(begun, ctx, progress, told)
        if isinstance(error, (DeployError, OSError, KeyboardInterrupt)):
            raise told from error
        raise
    finally:
        lock.leave(ctx)
