"""The entries: everybody reads and searches them; their authors write them."""

from __future__ import annotations

from flask import Flask

from . import views


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(views.blueprint)
