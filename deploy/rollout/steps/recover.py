"""recover: what a deployment that was killed left behind is undone or, if it was verified, finished."""

from __future__ import annotations

import dataclasses

from ... import bundle, checks, supervisors
from ...machine import orphans
from ...site import journal
from ...site.on_disk import complete, live, read, remove
from ...site.release import Release
from ...supervisors.circus import succession, survivors
from ...supervisors.circus.supervisor import Circus
from ..context import Context
from . import start, switch


def do(ctx: Context) -> str:
    """See what serves, now that nobody else can change it, and write into the journal that this deployment begins.

    Raises Refused when somebody else listens on the public address.
    """
    root, dead = ctx.root, journal.unfinished(ctx.root)
    if dead:
        orphans.end(dead["release"])
        halves = [*root.backups.glob(".backup-*")]  # what its migration was writing: as the same user
        ctx.host.run(["rm", "-rf", "--", *halves], as_user=True)
        _undo(ctx, dead["release"])
        journal.settle(root, dead)
    serving = supervisors.serving(ctx.host, root, live(root))
    if serving:
        patience = serving.settings.graceful_timeout
        survivors.finish(root, survivors.groups(root), patience)  # of a succession that was killed
    ctx.previous = serving or _revived(ctx)
    if ctx.previous and ctx.took_over:
        ctx.supervisor.apply(ctx.before, ctx.previous.settings.graceful_timeout)
    checks.refuse(ctx.subject, "port")
    ctx.began = journal.record(root, ctx.release, ctx.action, journal.BEGUN, ctx.who)
    said = [f"undone: {dead['action']} {dead['release']}"] if dead else []
    return "; ".join([*said, *(["the supervisor, which was killed, runs again"] if ctx.previous != serving else [])])


def _revived(ctx: Context) -> Release | None:
    """What served when its supervisor was killed, with a new one."""
    release = live(ctx.root)
    if not survivors.groups(ctx.root):
        return None
    if release is None:
        survivors.end(ctx.root)
        return None
    process = bundle.process(release)
    supervisor, announced = Circus(orphans.unmarked(ctx.host), ctx.root, None), process.announced if process else 0
    succession.take_over(supervisor, ctx.root, release, announced)
    return release


def _undo(ctx: Context, dead: str) -> None:
    """What its own undo would have done; a release that has been live before stays on disk."""
    root, folder = ctx.root, ctx.root.releases / dead
    lived = [name for name in journal.lived(root) if complete(root.releases / name)]
    previous = read(root, root.releases / lived[-1]) if lived else None
    if complete(folder) and dead not in lived[-1:]:
        release = read(root, folder)
        supervisor = supervisors.of(orphans.unmarked(ctx.host), root, release.settings.supervisor)
        gone = dataclasses.replace(ctx, release=release, previous=previous, supervisor=supervisor)
        switched = root.current.resolve() == folder
        if switched:
            switch.point_back(gone)
        if supervisor.running():
            if switched and previous:
                supervisor.serve(gone.started, previous)
            start.undo(gone)
    if dead not in journal.good(root):
        remove(ctx.host, root, dead)
