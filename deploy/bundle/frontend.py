"""The front end's configuration for one release: what its templates are told, and what they become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import bundle, frontends, supervisors
from ..frontends import naming
from ..machine import templates
from ..machine.accounts import WEB_SERVER
from ..machine.files import File
from ..settings import Settings
from ..site.facts import Facts
from ..site.release import Release

SERVER = "server.conf"
# What templates are told of static files, where there are none; site.assets has the meaning of each.
NO_ASSETS: dict[str, object] = {"types": {}, "encoded": {}, "parts": "", "immutable": ()}
# Request headers that say what only we may say; For, Proto and Host are set anew where the protocol is http.
FORGED = (
    *("Forwarded", "Proxy", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix"),
    *("X-Forwarded-Proto", "X-Forwarded-Protocol", "X-Forwarded-Scheme", "X-Forwarded-Server", "X-Forwarded-Ssl"),
)


def files(release: Release, facts: Facts) -> list[File]:
    """site.conf, and server.conf for a server of our own; none when the adapter is what clients reach."""
    if release.target.standalone:
        return []
    settings, root = release.settings, release.root
    fcgiwrap = bundle.wrapped(release.target, settings.supervisor)
    hosted = supervisors.ROOMS[settings.supervisor].hosted
    context = {
        **{name: getattr(settings, name) for name in Settings.model_fields}, **facts.tables,
        "adapter": release.target.adapter, "protocol": release.target.protocol,
        "mount": settings.prefix, "upstream": release.upstream, "fcgiwrap": fcgiwrap,
        "upstream_is_unix": release.upstream.startswith("/"), "release": release.id, "code": str(release.folder),
        "venv": str(release.venv), "mod_wsgi": facts.mod_wsgi,
        "static": str(release.folder / facts.static) if facts.static else "", "user": release.user,
        "group": facts.group, "worker": _worker(release, fcgiwrap), "run": str(root.frontend), "logs": str(root.logs),
        "root": str(root.path), "site": root.path.name if hosted else "", "named": release.named,
        "machine": [facts.machine], "listen": hosted and facts.opens,
    }  # fmt: skip
    rendered = render(release.target.frontend, release.target.protocol, context)
    return [file for file in rendered if not (hosted and file.name == SERVER)]


def _worker(release: Release, fcgiwrap: bool) -> str:
    """The user of a front end's workers when root starts it: the site's user only where they start the site's
    scripts."""
    runs = release.target.protocol == "cgi" and not fcgiwrap
    return release.user if runs else release.user and WEB_SERVER


def render(name: str, protocol: str, context: Mapping[str, object]) -> list[File]:
    """The site, the private server around it, and what stands beside them as it is.

    Optional in the context: site.assets' tables of the static files; `adapter`, which comments name; `site`, on a
    host that serves other sites too; `fcgiwrap`, whether that runs CGI scripts; `listen`, whether nothing else in the
    server's configuration opens the port; `named`, whether it is for requests to its server_name only; `machine`, this
    machine's host name.
    """
    template = templates.load(frontends.FRONTENDS[name])
    optional = {"adapter": "NAME", "site": "", "fcgiwrap": False, "listen": False, "named": False, "machine": ()}
    values: dict[str, Any] = {**optional, **NO_ASSETS, "forged": FORGED, **context, "protocol": protocol}
    values |= naming.words(values["server_name"], values["machine"])
    values |= headers(values["headers"], values["static_headers"])
    rendered = [File(file, template(file).render(values)) for file in ("site.conf", SERVER)]
    kept = (frontends.HERE / name).glob("*.asis")
    return [*rendered, *(File(path.name, path.read_text(encoding="utf-8")) for path in kept)]


def headers(every: Any, of_files: Any) -> dict[str, dict[str, str]]:
    """What is sent with every response, and with static files, whose own values win; an empty one is not sent."""
    own = {name.lower() for name in of_files}
    merged = {name: value for name, value in every.items() if name.lower() not in own} | of_files
    return {
        "headers": {name: value for name, value in every.items() if value},
        "static_headers": {name: value for name, value in merged.items() if value},
    }
