"""Every file that is rendered into a release, from the release and what was read before."""

from __future__ import annotations

import json
from typing import Any

from .. import bundle, frontends, supervisors
from ..frontends import fcgiwrap
from ..machine.files import File
from ..site.facts import SCRIPT, Facts
from ..site.release import Release
from . import frontend, instance


def files(release: Release, facts: Facts) -> list[File]:
    """All of them, below its folder; the last one says that it is complete."""
    private = 0o640 if release.user else 0o600  # the group of the release's folders is the site's user's
    site = frontend.files(release, facts)
    return [
        File("instance/serve.json", _json(instance.options(release, facts.token, _log(release))._asdict()), private),
        File("instance/config.json", _json(instance.config(release, facts.application)), private),
        *(file._replace(name=f"frontend/{file.name}") for file in site),
        *(file._replace(name=f"supervisor/{file.name}") for file in supervised(release, facts, site)),
        *_script(release, facts),
        File("instance/deploy.json", release.as_json()),
    ]


def supervised(release: Release, facts: Facts, site: list[File]) -> list[File]:
    """What the supervisor is given: the application's processes, the listener on the public address when they have
    none, and how logs are rotated. `site`: the front end's files."""
    room, running = supervisors.ROOMS[release.settings.supervisor], bundle.process(release)
    server = None if release.target.standalone else frontends.load(release.target.frontend)
    found = room.processes(release, running, facts) if running else []
    if server:
        found.append(room.frontend(release, server, site[0].content))
    elif running and running.inherits:
        found.append(room.public(release))
    return [*found, room.rotation(release, server, facts.group)]


def _script(release: Release, facts: Facts) -> list[File]:
    """The CGI script with the release's interpreter in its first line: the web server executes it directly."""
    _, _, body = facts.script.partition("\n")
    return [File(SCRIPT, f"#!{release.python}\n{body}", 0o755)] if facts.script else []


def _log(release: Release) -> str | int:
    """Where a script's output goes; what starts scripts waits for the end of that, and children may go on."""
    if release.target.protocol != "cgi":
        return ""
    wrapped = bundle.wrapped(release.target, release.settings.supervisor)
    return fcgiwrap.LOG if wrapped else f"{release.root.logs}/application.log"


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, indent=2) + "\n"
