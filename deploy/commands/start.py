"""start: a stopped site again, as it was."""

from __future__ import annotations

from .. import supervisors
from ..cli.request import Answer, Request
from ..errors import Refused
from ..rollout import plan, steps
from ..rollout.run import roll_out
from ..site import journal
from ..site.on_disk import read


def run(request: Request) -> Answer:
    """The release that was live last is live again, and what a killed deployment left is undone; nothing is done when
    it runs. Raises DeployError."""
    root, release = request.live()
    killed = journal.unfinished(root)
    if killed and not journal.lived(root):
        raise Refused(f"the first deployment to {root.path} did not finish: deploy again")
    if supervisors.serving(request.host, root, release) and not killed:
        return Answer([f"it runs: {release.url}"])
    last = read(root, root.releases / journal.restored(root, release.id))
    ctx = plan.rollback(request.host, request.project, root, last)
    ctx.who = request.who()
    return roll_out(ctx, steps.ROLLBACK, "start", request.progress)
