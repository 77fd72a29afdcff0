"""preflight: the application must answer its readiness URL, in process, before any server starts with it."""

from __future__ import annotations

from ..context import Context


def do(ctx: Context) -> str:
    """Raises Failed with the reason when the application is not ready."""
    ctx.host.run([ctx.release.python, "-m", "deploy.adapters", "preflight"], cwd=ctx.release.folder, as_user=True,
                 timeout=ctx.release.settings.start_timeout)  # fmt: skip
    return "ready"
