"""flask config: what the application is configured to."""

from __future__ import annotations

import json

import click
from flask import current_app
from flask.cli import with_appcontext


@click.command("config")
@with_appcontext
def show() -> None:
    """Print the effective configuration as JSON, secrets masked."""
    from .masks import masked

    values = {name: masked(name, value) for name, value in sorted(current_app.config.items())}
    click.echo(json.dumps(values, indent=2))
