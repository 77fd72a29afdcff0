"""flask --app yourapplication ...: what an administrator does, never a request."""

from __future__ import annotations

from flask import Flask

from .. import schema
from ..errors import Refused


def ready() -> None:
    """Raises Refused when the databases are not as this release expects."""
    if reason := schema.unready(details=True):
        raise Refused(reason)


def init_app(app: Flask) -> None:
    """Add the commands to `flask --app yourapplication`."""
    from . import audit, configuration, databases, scenarios, users

    for command in (configuration.show, databases.init_db, databases.revisions, databases.backup, databases.restore,
                    users.users, audit.show, scenarios.scenarios):  # fmt: skip
        app.cli.add_command(command)
