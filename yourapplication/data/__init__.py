"""The databases: what they are, whether they are right, and how they become right."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import with_appcontext

from . import database, schema


def init_app(app: Flask) -> None:
    """Connect `app` to its databases, and add the command that makes them."""
    database.init_app(app)
    schema.init_app(app)
    app.cli.add_command(init_db)


@click.command("init-db")
@with_appcontext
def init_db() -> None:
    """Create the databases, or migrate them after a backup; does nothing when they are up to date."""
    from . import migrating

    migrating.upgrade(click.echo)
