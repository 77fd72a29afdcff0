"""flask audit: what has happened."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from ..data import schema
from ..data.database import db
from .models import Event


@click.command("audit")
@click.option("--last", type=click.IntRange(1, 2**31 - 1), default=50, show_default=True, help="How many events.")
@with_appcontext
def show(last: int) -> None:
    """Print the last sign-ins and changes: time, action, account, address, detail."""
    schema.demand()
    for event in reversed(db.session.scalars(select(Event).order_by(Event.id.desc()).limit(last)).all()):
        words = (f"{event.time.isoformat()}Z", event.action, event.account, event.address, event.detail)
        click.echo("\t".join(map(_visible, words)))


def _visible(text: str) -> str:
    """`text` on one line and harmless to a terminal: titles and names may hold line breaks, say, as \\n."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
