"""preflight: the application must answer its readiness URL before a client could notice that it does not."""

from __future__ import annotations

from ... import bundle
from ..context import Context


def do(ctx: Context) -> str:
    """Ask it in process, unless the new processes do, beside the old ones; raises Failed when it is not ready."""
    process = bundle.process(ctx.release)
    if process and process.announced and ctx.beside:
        return "asked by each new process"
    ctx.host.run([ctx.release.python, "-m", "deploy.adapters", "preflight"], cwd=ctx.release.folder, as_user=True,
                 timeout=ctx.release.settings.start_timeout)  # fmt: skip
    return "ready"
