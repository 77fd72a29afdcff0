"""flask db current, upgrade, downgrade, migrate."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from ...errors import Refused
from ..binds import BINDS, plainly

revisions = AppGroup("db", help="The databases' revisions, bind by bind.")
BIND = click.Choice([bind.name for bind in BINDS])


@revisions.command("current")
def current() -> None:
    """Print each bind, its revision and the one that this release needs."""
    for bind in BINDS:
        try:
            found = bind.revision() or "none"
        except SQLAlchemyError as error:
            raise Refused(f"the database of bind {bind.name} cannot be used: {plainly(error)}") from error
        click.echo(f"{bind.name}\t{found}\tneeds {bind.head}")


@revisions.command("upgrade")
@click.option("--bind", type=BIND, help="This bind only.")
@click.argument("revision", default="head")
def upgrade(bind: str | None, revision: str) -> None:
    """Bring all binds to this release's revision, or one of them to REVISION."""
    from .. import migrating
    from . import steps

    if bind:
        steps.change(bind, "upgrade", revision, click.echo)
    elif revision == "head":
        migrating.upgrade(click.echo)
    else:
        raise Refused(f"revision {revision} of which bind? Add --bind {' or --bind '.join(BIND.choices)}")


@revisions.command("downgrade", context_settings={"ignore_unknown_options": True})
@click.option("--bind", type=BIND)
@click.option("--like", type=click.Path(path_type=Path), help="All binds, to what the release in this folder needs.")
@click.argument("revision", default="-1")
def downgrade(bind: str | None, like: Path | None, revision: str) -> None:
    """Take one bind back to REVISION (-1: the one before; base: to nothing), after a backup."""
    from . import steps

    if like:
        steps.follow(like, click.echo)
    elif bind:
        steps.change(bind, "downgrade", revision, click.echo)
    else:
        raise click.UsageError("Missing option '--bind'.")


@revisions.command("migrate")
@click.option("-m", "--message", required=True, help="What it does, in a few words.")
def migrate(message: str) -> None:
    """Write a migration for each bind whose models differ from its database."""
    from . import steps

    if not message.strip():
        raise Refused("the message is empty: say what the migration does, in a few words")
    steps.revise(message, click.echo)
