"""render: what would be written, or the effective settings for another tool."""

from __future__ import annotations

import sys
from pathlib import Path

from .. import bundle, supervisors
from ..bundle import build, effective
from ..checks.folders import site_root
from ..cli.request import Answer, Request
from ..rollout import plan
from ..site import facts


def run(request: Request) -> Answer:
    """The files' texts, each headed by its path, or the settings in the format asked for; raises Refused."""
    chosen = request.settings()
    root, target = site_root(request.project, chosen.root), bundle.target(request.given.adapter, chosen)
    release = plan.draft(root, request.project, request.given.environment, chosen, target,
                         Path(chosen.python or sys.executable), "", plan.EXAMPLE_ID)  # fmt: skip
    found = facts.read(release, request.project, supervisors.ROOMS[chosen.supervisor].hosted)
    if request.given.format == "files":
        files = build.files(release, found)
        return Answer([f"### {release.folder / file.name}\n{file.content}" for file in files])
    return Answer([effective.FORMATS[request.given.format](effective.values(release, found))])
