"""The front end's configuration for one release: what its templates are told."""

from __future__ import annotations

import platform
from pathlib import Path

from .. import frontends
from ..machine.accounts import WEB_SERVER, group
from ..machine.files import File
from ..settings import Settings
from ..site import assets
from ..site.release import Release

MODULE = "lib/python*/site-packages/mod_wsgi/server/mod_wsgi-*.so"  # what Apache loads, below an environment


def files(release: Release, project: Path, fcgiwrap: bool) -> list[File]:
    """site.conf, and server.conf for a server of our own; none when the adapter is what clients reach.

    `project`: where the code can be looked at now; `fcgiwrap`: whether that runs CGI, and not the front end.
    """
    if release.target.standalone:
        return []
    settings, root = release.settings, release.root
    folder = release.folder if release.folder.exists() else project  # a release has the names that it has taken over
    found = static_folder(folder, settings.application)
    hosted = settings.supervisor == "systemd"
    debian = frontends.load(release.target.frontend).debian
    context = {
        **{name: getattr(settings, name) for name in Settings.model_fields},
        **(assets.survey(found)._asdict() if found else {}),
        "adapter": release.target.adapter, "protocol": release.target.protocol,
        "mount": settings.prefix, "upstream": release.upstream, "fcgiwrap": fcgiwrap,
        "upstream_is_unix": release.upstream.startswith("/"), "release": release.id, "code": str(release.folder),
        "venv": str(release.venv), "mod_wsgi": next(map(str, sorted(release.venv.glob(MODULE))), ""),
        "static": str(release.folder / found.relative_to(folder) if found else ""), "user": release.user,
        "group": group(release.user), "worker": worker(release, fcgiwrap), "run": str(root.frontend),
        "logs": str(root.logs),
        "root": str(root.path), "site": root.path.name if hosted else "",
        "named": release.named, "machine": [platform.node()],
        "listen": hosted and debian.opens(root.path.name, settings.port),
    }  # fmt: skip
    rendered = frontends.render(release.target.frontend, release.target.protocol, context)
    return [file for file in rendered if not (hosted and file.name == frontends.SERVER)]


def worker(release: Release, fcgiwrap: bool) -> str:
    """Who a front end's workers are, when root starts it: not the site's user, but where they start scripts of its."""
    runs = release.target.protocol == "cgi" and not fcgiwrap
    return release.user if runs else release.user and WEB_SERVER


def static_folder(folder: Path, application: str) -> Path | None:
    """Where a package in `folder` keeps its static files, if it has any."""
    static = folder / application.partition(":")[0].partition(".")[0] / "static"
    return static if static.is_dir() else None
