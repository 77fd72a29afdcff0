"""What a release knows at run time: instance/serve.json for its adapter, instance/config.json for the application."""

from __future__ import annotations

import re
from typing import Any

from .. import frontends
from ..adapters.options import Options
from ..settings import Settings
from ..site.release import Release, Root

DATABASE = "SQLALCHEMY_DATABASE_URI"  # Flask-SQLAlchemy's
UNCONFIGURED = "sqlite:///yourapplication.sqlite"  # so that the data outlives releases all the same
RELATIVE = re.compile("sqlite:///(?!/)")


def options(release: Release, token: str = "", log: str | int = "") -> Options:
    """What the release tells its adapter; `token`: the site's; `log`: of its output, if its own."""
    settings, target = release.settings, release.target
    shared = set(Options._fields) & Settings.model_fields.keys() - {"mount", "release"}
    return Options(
        adapter=target.adapter,
        release=release.id,
        token=token,
        mount=settings.prefix,
        proxied=target.protocol == "http" and not target.standalone,
        named=not target.standalone and frontends.load(target.frontend).names_requests,
        log=log,
        listen=f"{settings.address}:{settings.port}" if target.standalone else release.upstream,
        run=str(release.root.run / release.id),
        **{name: getattr(settings, name) for name in shared},
    )


def config(release: Release, section: dict[str, Any]) -> dict[str, Any]:
    """What the release tells the application: its section of config/<environment>.json, and what that cannot know.

    A relative SQLite URI is placed in the site's data folder, so that the data outlives the release.
    """
    return {
        **{key: _placed(value, release.root) for key, value in {DATABASE: UNCONFIGURED, **section}.items()},
        "ENVIRONMENT": release.environment,
        "DATA_FOLDER": str(release.root.data),
        "SECRETS_FILE": str(release.root.secrets),
        "LOG_FILE": str(release.root.requests),
        "BACKUP_FOLDER": str(release.root.backups),
        "RELEASE": release.id,
        "ADAPTER": release.target.adapter,
    }


def _placed(value: Any, root: Root) -> Any:
    if isinstance(value, dict):
        return {key: _placed(inner, root) for key, inner in value.items()}
    return RELATIVE.sub(f"sqlite:///{root.data}/", value) if isinstance(value, str) else value
