"""python -m deploy.frontends.samples: writes deploy/samples, what the templates render, for readers to copy."""

from __future__ import annotations

from pathlib import Path

from deploy.frontends import FRONTENDS, protocol, render

SAMPLES = Path(__file__).parents[1] / "samples"
# What each adapter speaks, best first: a front end imports no adapter, so a test compares this with their rooms.
PROTOCOLS = {
    "fastcgi": ("fastcgi",),
    "mod_wsgi": ("wsgi", "http"),
    "cgi": ("cgi",),
    "tornado": ("http",),
    "gevent": ("http",),
    "gunicorn": ("http",),
}
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
COMMON: dict[str, object] = {
    **{"address": "*", "port": 80, "server_name": ["example.org"], "user": "www-data", "group": "www-data"},
    "worker": "www-data",
    **{"code": CODE, "venv": VENV, "static": f"{CODE}/yourapplication/static", "release": ""},
    **{
        "connections": 4096,
        "body_limit": 10 * 1024 * 1024,
        "header_limit": 16 * 1024,
        "buffering": False,
        "processes": 2,
        "threads": 4,
    },
    **{"timeout": 60, "keepalive_timeout": 5, "graceful_timeout": 30, "request_timeout": 120, "max_requests": 0},
    **{"run": "/run/yourapplication", "logs": "/var/log/yourapplication"},
    "mod_wsgi": MOD_WSGI,
    **{"types": TYPES, "parts": " ".join(TYPES.values()), "immutable": (r"(?:.*/)?[^/]+\.[0-9a-f]{12}\.[^./]+",)},
    **{"encoded": {"svgz": ("image/svg+xml; charset=utf-8", "gzip")}, "static_headers": {}},
    "headers": {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Frame-Options": "SAMEORIGIN",
    },
}


def samples() -> dict[str, str]:
    """Every sample's path below deploy/samples and its text: each adapter behind each front end at both mounts."""
    found = {}
    for adapter, spoken in PROTOCOLS.items():
        for frontend in FRONTENDS:
            for suffix, mount in MOUNTS.items():
                through = protocol(frontend, spoken)
                if through is None:
                    raise LookupError(f"{frontend} speaks none of {', '.join(spoken)}: add a partial for {adapter}")
                site, *_ = render(frontend, through, context(adapter, through, mount))
                found[f"{adapter}/{frontend}{suffix}.conf"] = site.content
    return found


def context(adapter: str, through: str, mount: str) -> dict[str, object]:
    """What the templates know of a site that somebody sets up by hand."""
    unix = adapter != "mod_wsgi"
    upstream = "/run/yourapplication/yourapplication.sock" if unix else "127.0.0.1:8001"
    return {**COMMON, "adapter": adapter, "mount": mount, "upstream": upstream, "upstream_is_unix": unix}


if __name__ == "__main__":
    for name, text in samples().items():
        path = SAMPLES / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
