"""switch: `current` names the new release, and the front end reads its configuration from there."""

from __future__ import annotations

from .. import frontends, supervise
from ..context import Context
from ..files import File, point
from ..release import Release


def do(ctx: Context) -> str:
    """One os.replace, then a graceful reload of the front end, or its start when it is another one."""
    ctx.leaving = supervise.workers(ctx.root)
    point(ctx.root.current, ctx.release.folder)
    return _serve(ctx, ctx.switched, ctx.release)


def undo(ctx: Context) -> None:
    """Back to the release before."""
    if ctx.previous is None:
        ctx.root.current.unlink(missing_ok=True)
        return
    point(ctx.root.current, ctx.previous.folder)
    _serve(ctx, ctx.started, ctx.previous)


def _serve(ctx: Context, fragments: list[File], release: Release) -> str:
    changed = supervise.apply(ctx.host, ctx.root, ctx.supervisor_venv, fragments, release.settings.graceful_timeout)
    if release.target.standalone:
        return ""
    if changed:
        return f"{release.target.frontend} started"
    reload_signal = frontends.load(release.target.frontend).reload_signal
    supervise.control(ctx.host, ctx.root, ctx.supervisor_venv, "signal", "frontend", reload_signal)
    return f"{release.target.frontend} reloaded"
