"""render: the configuration of the release, written into it."""

from __future__ import annotations

from ...bundle import build
from ...machine import trees
from ...machine.files import write
from ...site import facts, sandbox
from ..context import Context


def do(ctx: Context) -> str:
    """Write every rendered file, which completes the release, and make its folder for run-time files."""
    files = build.files(ctx.release, facts.read(ctx.release, ctx.project, ctx.subject.room.hosted))
    write(ctx.release.folder, files)
    runtime = ctx.root.run / ctx.release.id
    runtime.mkdir(mode=0o700)
    ctx.host.own(runtime)
    ctx.host.run(["mkdir", "-m", "1777", sandbox.temporary(ctx.release)], as_user=True)
    trees.close(ctx.host, ctx.release.folder)
    return f"{len(files)} files"
