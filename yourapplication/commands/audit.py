"""flask audit: what has happened."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from ..audit.models import Event
from ..database import db
from . import ready


@click.command("audit")
@click.option("--last", default=50, show_default=True, help="How many events.")
@with_appcontext
def show(last: int) -> None:
    """Print the last sign-ins and changes: time, action, account, address, detail."""
    ready()
    for event in reversed(db.session.scalars(select(Event).order_by(Event.id.desc()).limit(last)).all()):
        click.echo("\t".join((f"{event.time.isoformat()}Z", event.action, event.account, event.address, event.detail)))
