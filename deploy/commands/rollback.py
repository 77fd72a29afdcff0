"""rollback: go back to the release before, or to the one named."""

from __future__ import annotations

from .. import journal, plan, steps
from ..errors import Refused
from ..release import kept
from ..request import Answer, Request
from ..rollout import roll_out


def run(request: Request) -> Answer:
    """Says what is live; raises DeployError, Refused with the choice when there is no such release."""
    root, release = request.live()
    wanted, good = request.given.release, journal.good(root)
    choice = [other for other in kept(root) if other.id in good and other.id != release.id]
    chosen = [other for other in choice if (other.id == wanted if wanted else other.id < release.id)]
    if not chosen:
        asked = f"release {wanted}" if wanted else "release before the live one"
        others = "; there is ".join(f"RELEASE={other.id}" for other in choice) or "no other: deploy once more first"
        raise Refused(f"there is no {asked} to go back to in {root.releases}; there is {others}")
    ctx = plan.rollback(request.host, request.project, root, chosen[-1])
    ctx.who = request.who()
    return roll_out(ctx, steps.ROLLBACK, "rollback", request.progress)
