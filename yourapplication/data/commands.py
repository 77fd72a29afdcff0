"""flask init-db."""

from __future__ import annotations

import click
from flask.cli import with_appcontext


@click.command("init-db")
@with_appcontext
def init_db() -> None:
    """Create the databases, or migrate them after a backup; does nothing when they are up to date."""
    from . import migrating

    migrating.upgrade(click.echo)
