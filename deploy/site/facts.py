"""What only a look says, at a project and at this machine: read once, before the files of a release are rendered."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any, NamedTuple

from .. import frontends
from ..machine.accounts import group
from ..settings import configuration
from . import assets, static
from .release import Release

MODULE = "lib/python*/site-packages/mod_wsgi/server/mod_wsgi-*.so"  # what Apache loads, below an environment
SCRIPT = "yourapplication.cgi"


class Facts(NamedTuple):
    """Empty: there is none."""

    application: dict[str, Any]  # its section of config/<environment>.json
    token: str = ""  # what the site's own requests know
    script: str = ""  # for CGI, as the project has it
    static: str = ""  # the folder of static files, below the release's
    tables: dict[str, Any] = {}  # noqa: RUF012 - of these files, as assets.Assets; never changed
    mod_wsgi: str = ""  # the module that Apache loads
    machine: str = ""  # this machine's host name
    group: str = ""  # the site's user's own
    real: tuple[Path, ...] = ()  # where the environment and its Python are, links followed
    opens: bool = False  # whether nothing else in the host's front end opens the port


def read(release: Release, project: Path, hosted: bool) -> Facts:
    """Look at all of it; where the release is there it is looked at, else the project that it would be made from.

    `hosted`: the front end is the host's, whose files are looked at too.
    """
    folder = release.folder if release.folder.exists() else project  # a release has the names that it has taken over
    files, script, root = static.folder_of(folder, release.settings.application), project / SCRIPT, release.root
    return Facts(
        application=configuration.application(project, release.environment),
        token=root.token.read_text(encoding="ascii") if root.token.exists() else "",
        script=script.read_text(encoding="utf-8") if script.exists() else "",
        static=str(files.relative_to(folder)) if files else "",
        tables=assets.survey(files)._asdict() if files else {},
        mod_wsgi=next(map(str, sorted(release.venv.glob(MODULE))), ""),
        machine=platform.node(),
        group=group(release.user),
        real=(release.venv.resolve(), release.python.resolve().parents[1]),
        opens=hosted and _opens(release),
    )


def _opens(release: Release) -> bool:
    if release.target.standalone:
        return False
    debian = frontends.load(release.target.frontend).debian
    return bool(debian.opens(release.root.path.name, release.settings.port))
