"""The front ends, a table: each renders one site.conf and one server.conf, whatever adapter stands behind it.

What a front end can carry is what it has a partial for: <name>/upstream/<protocol>.conf.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from ..machine import templates
from ..machine.files import File
from . import naming

FRONTENDS = {
    "nginx": "deploy.frontends.nginx",
    "lighttpd": "deploy.frontends.lighttpd",
    "apache": "deploy.frontends.apache",
}
HERE = Path(__file__).parent
PROTOCOLS = ("http", *sorted({path.stem for path in HERE.glob("*/upstream/*.conf")} - {"http"}))
SERVER = "server.conf"

# What templates are told of static files, where there are none; deploy.assets has the meaning of each.
NO_ASSETS: dict[str, object] = {"types": {}, "encoded": {}, "parts": "", "immutable": ()}
# Request headers that say what only we may say; For, Proto and Host are set anew where the protocol is http.
FORGED = (
    *("Forwarded", "Proxy", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix"),
    *("X-Forwarded-Proto", "X-Forwarded-Protocol", "X-Forwarded-Scheme", "X-Forwarded-Server", "X-Forwarded-Ssl"),
)


def supports(name: str, protocol: str) -> bool:
    """Whether the front end can pass requests on in this protocol; `none`, the adapter alone, speaks http."""
    if name == "none":
        return protocol == "http"
    return name in FRONTENDS and (HERE / name / "upstream" / f"{protocol}.conf").is_file()


def protocol(name: str, protocols: Sequence[str]) -> str | None:
    """The first of an adapter's protocols, best first, that the front end supports; None when there is none."""
    return next((each for each in protocols if supports(name, each)), None)


def load(name: str) -> ModuleType:
    """The front end's module: package, binary, check, start, reload_signal, stop_signal, cgi, inherits, debian."""
    return importlib.import_module(FRONTENDS[name])


def render(name: str, protocol: str, context: Mapping[str, object]) -> list[File]:
    """The site, the private server around it, and what stands beside them as it is.

    Optional in the context: deploy.assets' tables of the static files; `adapter`, which comments name; `site`, on a
    host that serves other sites too; `fcgiwrap`, whether that runs CGI scripts; `listen`, whether nothing else in the
    server's configuration opens the port; `named`, whether it is for requests to its server_name only; `machine`, this
    machine's host name.
    """
    template = templates.load(FRONTENDS[name])
    optional = {"adapter": "NAME", "site": "", "fcgiwrap": False, "listen": False, "named": False, "machine": ()}
    values: dict[str, Any] = {**optional, **NO_ASSETS, "forged": FORGED, **context, "protocol": protocol}
    values |= naming.words(values["server_name"], values["machine"])
    values |= headers(values["headers"], values["static_headers"])
    rendered = [File(file, template(file).render(values)) for file in ("site.conf", SERVER)]
    return [*rendered, *(File(path.name, path.read_text(encoding="utf-8")) for path in (HERE / name).glob("*.asis"))]


def headers(every: Any, of_files: Any) -> dict[str, dict[str, str]]:
    """What is sent with every response, and with static files, whose own values win; an empty one is not sent."""
    own = {name.lower() for name in of_files}
    merged = {name: value for name, value in every.items() if name.lower() not in own} | of_files
    return {
        "headers": {name: value for name, value in every.items() if value},
        "static_headers": {name: value for name, value in merged.items() if value},
    }
