"""What has happened, sign-ins and changes, in a database of its own; by it, guessing passwords is slowed down."""

from __future__ import annotations

from flask import Flask

from .. import hooks
from ..configuration import demand_number
from . import commands, guard

SETTINGS = {"AUDIT_DAYS": 365}  # that events are kept


def init_app(app: Flask) -> None:
    """Note what happens, and look at who signs in. Raises Refused."""
    demand_number(app, "AUDIT_DAYS")
    hooks.of(app).witnesses.append(guard.note)
    hooks.of(app).guards.append(guard.watch)
    app.cli.add_command(commands.show)
