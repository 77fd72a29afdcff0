"""flask backup FILE | restore FILE."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Write all databases into FILE, which must not exist; the site may go on meanwhile."""
    from . import archives

    click.echo(f"{file.absolute()} holds {', '.join(archives.save(file.absolute()))}")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
def restore(file: Path) -> None:
    """Make the databases, which must be empty, from FILE."""
    from ..lock import alone
    from . import archives

    with alone():
        click.echo(f"restored {', '.join(archives.restore(file))}")
