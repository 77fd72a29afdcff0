"""release: one immutable, complete copy of the code."""

from __future__ import annotations

import shutil

from ..context import Context
from ..files import copy_code


def do(ctx: Context) -> str:
    """Copy the project into its own folder."""
    copy_code(ctx.project, ctx.release.folder)
    return ctx.release.id


def undo(ctx: Context) -> None:
    """Remove a release that did not go live."""
    shutil.rmtree(ctx.release.folder, ignore_errors=True)
