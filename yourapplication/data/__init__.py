"""The databases: what they are, whether they are right, and how they become right."""

from __future__ import annotations

from flask import Flask

from . import database, schema


def init_app(app: Flask) -> None:
    """Connect `app` to its databases, and add the command that makes them."""
    from . import commands

    database.init_app(app)
    schema.init_app(app)
    app.cli.add_command(commands.init_db)
