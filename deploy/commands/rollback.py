"""rollback: go back to the release before, or to the one named."""

from __future__ import annotations

from ..cli.request import Answer, Request
from ..errors import Refused
from ..rollout import plan, steps
from ..rollout.run import roll_out
from ..site import journal
from ..site.on_disk import kept


def run(request: Request) -> Answer:
    """Says what is live; raises DeployError, Refused with the choice when there is no such release."""
    root, release = request.live()
    serving = journal.restored(root, release.id)
    here = {other.id: other for other in kept(root) if other.id != serving}
    wanted, before = request.given.release, [name for name in journal.lived(root) if name in here]
    choice = [name for name in journal.newest(root) if name in here]
    chosen = wanted if wanted in choice else before[-1] if before and not wanted else None
    if chosen is None:
        asked = f"release {wanted}" if wanted else "release before the live one"
        others = ", ".join(f"RELEASE={name}" for name in choice) or "no other: deploy once more first"
        raise Refused(f"there is no {asked} to go back to in {root.releases}; there is {others}")
    ctx = plan.rollback(request.host, request.project, root, here[chosen])
    ctx.who, ctx.downgrade = request.who(), request.given.downgrade
    return roll_out(ctx, steps.ROLLBACK, "rollback", request.progress)
