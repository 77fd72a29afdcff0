"""status: what is live and which processes run."""

from __future__ import annotations

from .. import supervise
from ..request import Answer, Request


def run(request: Request) -> Answer:
    """What is live; exit code 1 when it is stopped."""
    root, release = request.live()
    lines = [
        f"release   {release.id} {release.commit}".rstrip(),
        f"adapter   {release.target.adapter}",
        f"frontend  {release.target.frontend}",
        f"url       {release.url}",
        f"root      {root.path}",
    ]
    supervisor = supervise.of(request.host, root, release.settings.supervisor)
    if not supervisor.running():
        return Answer([*lines, "processes none: the site is stopped"], 1)
    for name, state, pids in supervisor.processes():
        lines.append(f"processes {name}: {state}, {', '.join(map(str, pids))}")
    return Answer(lines)
