"""flask db: to any revision and back, and new migrations. Alembic is imported by its commands only."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the commands."""
    from . import commands

    app.cli.add_command(commands.revisions)
