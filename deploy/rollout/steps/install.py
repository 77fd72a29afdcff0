"""install: the virtual environments, one for each set of pins, shared by the releases that have the same pins."""

from __future__ import annotations

from ...site import environments
from ..context import Context


def do(ctx: Context) -> str:
    """Install what the release and the supervisor need, if no earlier deployment did; compile the release's code."""
    host, python = ctx.host, ctx.python
    locks = environments.release_locks(ctx.project, ctx.release.target.adapter)
    made = [environments.make(host, python, ctx.release.venv, locks)]
    if ctx.supervisor_venv:
        made.append(environments.make(host, python, ctx.supervisor_venv, environments.supervisor_locks(ctx.project)))
    ctx.host.run([ctx.release.python, "-m", "compileall", "-q", ctx.release.folder], check=False)
    return "new environment" if any(made) else "environment unchanged"
