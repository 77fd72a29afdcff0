"""A small blog. Any WSGI server starts it, through create_app() or `from yourapplication import app`."""

from __future__ import annotations

import threading
from pathlib import Path

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from . import auth, blog, configuration, data, errors, health, hooks, parts, responses

PROJECT = Path(__file__).resolve().parent.parent
_first_use = threading.Lock()


def create_app(environment: str | None = None, *, project: Path = PROJECT) -> Flask:
    """A new application; `project` is the folder that holds config/ and instance/. Raises errors.Refused."""
    app = Flask(__name__, instance_path=str(project.absolute() / "instance"))
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.url_map.merge_slashes = False  # servers disagree on //: a path means what it says, everywhere
    beyond = parts.load()
    configuration.configure(app, environment, project, [getattr(part, "SETTINGS", {}) for part in beyond])
    for each in (hooks, data, CSRFProtect(), responses, errors, health, auth, blog, *beyond):
        each.init_app(app)
    return app


def __getattr__(name: str) -> Flask:
    """`from yourapplication import app`, for servers that want an object: built on first use, once."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with _first_use:
        if "app" not in globals():
            globals()["app"] = create_app()
    app: Flask = globals()["app"]
    return app
