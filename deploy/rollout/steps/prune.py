"""prune: old releases and the environments that none of the kept ones uses; never what serves."""

from __future__ import annotations

from ...machine import trees
from ...site import journal
from ...site.on_disk import kept, remove
from ..context import Context


def do(ctx: Context) -> str:
    """Keep the keep_releases that were live last, the live one among them. Releases that were never live go."""
    root = ctx.root
    keep = journal.newest(root)[: ctx.release.settings.keep_releases]
    found = (*root.releases.iterdir(), *root.run.glob("2*"), *root.sockets.glob("2*"))
    old = {path.name for path in found} - {*keep}
    for name in old:
        remove(ctx.host, root, name)
    used = {release.venv for release in kept(root)} | ctx.supervisor.venvs()
    trees.remove(ctx.host, *(venv for venv in root.venvs.iterdir() if venv not in used))
    return f"old releases removed: {len(old)}" if old else ""
