"""samples: deploy/samples/ anew, each adapter behind each front end at both mounts, for readers to copy."""

from __future__ import annotations

from pathlib import Path

from .. import bundle, frontends
from ..adapters import ADAPTERS
from ..bundle.frontend import render
from ..cli.request import Answer, Request
from ..machine.files import File, write
from ..settings import Settings

SAMPLES = Path(__file__).parents[1] / "samples"
# What Flask's static route answers; a deployment takes from Python what its own files need.
TYPES = {
    "text/html; charset=utf-8": "html htm",
    "text/css; charset=utf-8": "css",
    "text/javascript; charset=utf-8": "js mjs",
    "text/plain; charset=utf-8": "txt",
    "application/xml; charset=utf-8": "xml",
    "application/json": "json",
    "application/manifest+json": "webmanifest",
    "application/pdf": "pdf",
    "application/wasm": "wasm",
    "image/svg+xml; charset=utf-8": "svg",
    "image/png": "png",
    "image/jpeg": "jpg jpeg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/vnd.microsoft.icon": "ico",
    "font/woff": "woff",
    "font/woff2": "woff2",
    "video/mp4": "mp4",
    "audio/mpeg": "mp3",
}
MOUNTS = {"": "", "-prefix": "/yourapplication"}
CODE = "/srv/yourapplication"
VENV = f"{CODE}/.venv"
MOD_WSGI = f"{VENV}/lib/python3.11/site-packages/mod_wsgi/server/mod_wsgi-py311.cpython-311-x86_64-linux-gnu.so"
# A site that somebody sets up by hand: the settings' own values where it needs no others.
COMMON: dict[str, object] = {
    **Settings.model_validate({}).model_dump(),
    **{"address": "*", "port": 80, "server_name": ["example.org"]},
    **{"user": "www-data", "group": "www-data", "worker": "www-data"},
    **{"run": "/run/yourapplication", "logs": "/var/log/yourapplication"},
    **{"code": CODE, "venv": VENV, "static": f"{CODE}/yourapplication/static", "release": "", "mod_wsgi": MOD_WSGI},
    **{"types": TYPES, "parts": " ".join(TYPES.values()), "immutable": (r"(?:.*/)?[^/]+\.[0-9a-f]{12}\.[^./]+",)},
    **{"encoded": {"svgz": ("image/svg+xml; charset=utf-8", "gzip")}},
}


def run(request: Request) -> Answer:
    """Write them."""
    write(SAMPLES, samples())
    return Answer([f"{SAMPLES}: written anew"])


def samples() -> list[File]:
    """Every sample, named below deploy/samples; a front end that speaks none of an adapter's protocols has none."""
    found = []
    for adapter in ADAPTERS:
        for frontend in frontends.FRONTENDS:
            through = frontends.protocol(frontend, bundle.adapter(adapter).protocols)
            for suffix, mount in MOUNTS.items() if through else ():
                site, *_ = render(frontend, str(through), context(adapter, mount))
                found.append(File(f"{adapter}/{frontend}{suffix}.conf", site.content))
    return found


def context(adapter: str, mount: str) -> dict[str, object]:
    """What the templates know of it."""
    kinds = bundle.adapter(adapter).inherits
    unix = "unix" in kinds or not kinds  # of CGI, fcgiwrap's
    upstream = "/run/yourapplication/yourapplication.sock" if unix else "127.0.0.1:8001"
    return {**COMMON, "adapter": adapter, "mount": mount, "upstream": upstream, "upstream_is_unix": unix}
