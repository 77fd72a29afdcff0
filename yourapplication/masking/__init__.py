"""flask config: the effective settings, without what is secret."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the command."""
    from . import commands

    app.cli.add_command(commands.show)
