"""prune: old releases and the environments that none of the kept ones uses; never what serves."""

from __future__ import annotations

import shutil

from ..context import Context
from ..release import kept


def do(ctx: Context) -> str:
    """Keep the newest keep_releases, the live one among them."""
    releases = [release for release in kept(ctx.root) if release.id != ctx.release.id]
    old = releases[: max(len(releases) + 1 - ctx.release.settings.keep_releases, 0)]
    for release in old:
        shutil.rmtree(release.folder)
    folders = {release.id for release in kept(ctx.root)}
    for folder in ctx.root.run.glob("2*"):
        if folder.name not in folders:
            shutil.rmtree(folder)
    used = {release.venv for release in kept(ctx.root)} | ctx.supervisor.venvs()
    for venv in ctx.root.venvs.iterdir():
        if venv not in used:
            shutil.rmtree(venv)
    return f"old releases removed: {len(old)}" if old else ""
