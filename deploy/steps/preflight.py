"""preflight: the application must answer its readiness URL, in process, before any server starts with it."""

from __future__ import annotations

from ..context import Context
from ..errors import Failed

BACK = "where the databases are too new for it, 'rollback' with DOWNGRADE=yes takes them back too, after a backup"


def do(ctx: Context) -> str:
    """Raises Failed with the reason when the application is not ready."""
    try:
        ctx.host.run([ctx.release.python, "-m", "deploy.adapters", "preflight"], cwd=ctx.release.folder, as_user=True,
                     timeout=ctx.release.settings.start_timeout)  # fmt: skip
    except Failed as error:
        if ctx.action != "rollback" or ctx.downgrade:
            raise
        raise Failed(f"{error}\n{BACK}") from error
    return "ready"
