"""Who may write: users with a password here, and whom the parts know; signing in and out."""

from __future__ import annotations

from flask import Flask

from . import commands, views


def init_app(app: Flask) -> None:
    """Add the pages and the commands."""
    app.register_blueprint(views.blueprint)
    app.cli.add_command(commands.users)
