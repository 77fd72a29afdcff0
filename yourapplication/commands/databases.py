"""flask init-db | db upgrade, downgrade, migrate, current | backup FILE | restore FILE."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from .. import schema
from ..errors import Refused
from ..revisions import head

revisions = AppGroup("db", help="The databases' revisions, bind by bind.")
BIND = click.Choice([bind.name for bind in schema.BINDS])


@click.command("init-db")
@with_appcontext
def init_db() -> None:
    """Create the databases, or migrate them after a backup; does nothing when they are up to date."""
    from .. import migrating

    migrating.upgrade(click.echo)


@revisions.command("current")
def current() -> None:
    """Print each bind, its revision and the one that this release needs."""
    for bind in schema.BINDS:
        try:
            found = bind.revision() or "none"
        except SQLAlchemyError as error:
            raise Refused(f"the database of bind {bind.name} cannot be used: {schema.plainly(error)}") from error
        click.echo(f"{bind.name}\t{found}\tneeds {head(bind.name)}")


@revisions.command("upgrade")
@click.option("--bind", type=BIND, help="This bind only.")
@click.argument("revision", default="head")
def upgrade(bind: str | None, revision: str) -> None:
    """Bring all binds to this release's revision, or one of them to REVISION."""
    from .. import migrating

    if bind:
        migrating.change(bind, "upgrade", revision, click.echo)
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
    from .. import migrating

    if like:
        migrating.follow(like, click.echo)
    elif bind:
        migrating.change(bind, "downgrade", revision, click.echo)
    else:
        raise click.UsageError("Missing option '--bind'.")


@revisions.command("migrate")
@click.option("-m", "--message", required=True, help="What it does, in a few words.")
def migrate(message: str) -> None:
    """Write a migration for each bind whose models differ from its database."""
    from .. import migrating

    if not message.strip():
        raise Refused("the message is empty: say what the migration does, in a few words")
    migrating.revise(message, click.echo)


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Write all databases into FILE, which must not exist; the site may go on meanwhile."""
    from .. import backup

    click.echo(f"{file.absolute()} holds {', '.join(backup.save(file.absolute()))}")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
def restore(file: Path) -> None:
    """Make the databases, which must be empty, from FILE."""
    from .. import backup
    from ..lock import alone

    with alone():
        click.echo(f"restored {', '.join(backup.restore(file))}")
