"""The front ends, a table: each renders one site.conf and one server.conf, whatever adapter stands behind it.

What a front end can carry is what it has a partial for: <name>/upstream/<protocol>.conf.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

FRONTENDS = {
    "nginx": "deploy.frontends.nginx",
    "lighttpd": "deploy.frontends.lighttpd",
    "apache": "deploy.frontends.apache",
}
HERE = Path(__file__).parent
PROTOCOLS = ("http", *sorted({path.stem for path in HERE.glob("*/upstream/*.conf")} - {"http"}))


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
