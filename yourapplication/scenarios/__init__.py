"""flask scenario: sandboxes apart from the configured databases; its commands import what makes them."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the commands."""
    from . import commands

    app.cli.add_command(commands.scenarios)
