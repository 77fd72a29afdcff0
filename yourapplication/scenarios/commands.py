"""flask scenario list|up NAME|down NAME: a sandbox with a server and a shell on it, then gone."""

from __future__ import annotations

import signal
from typing import NoReturn

import click
from flask import current_app
from flask.cli import AppGroup

from ..errors import Refused

scenarios = AppGroup("scenario", help="Sandbox databases with something in them, apart from the configured ones.")


@scenarios.command("list")
def list_scenarios() -> None:
    """Print the scenarios: name, what it is, and where its server is when it is up."""
    from .contents import SCENARIOS
    from .sandbox import Sandbox

    for name, scenario in SCENARIOS.items():
        state = Sandbox(name).state()
        click.echo("\t".join([name, scenario.what, *([f"up: {state}"] if state else [])]))


@scenarios.command("up")
@click.argument("name")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Of the server, on 127.0.0.1; a free one if not given."
)
@click.option("--detach", is_flag=True, help="Leave it up, without a shell, until flask scenario down NAME.")
def up(name: str, port: int, detach: bool) -> None:
    """Make a sandbox for NAME, with a server and a shell on it; all of it is gone when the shell ends."""
    from .sandbox import Sandbox

    _refuse_production()
    _known(name)
    for number in (signal.SIGHUP, signal.SIGTERM):  # a terminal that is closed leaves nothing behind either
        signal.signal(number, _end)
    sandbox = Sandbox(name)
    sandbox.make()
    try:
        for words in (["init-db"], ["scenario", "fill", name]):
            if code := sandbox.run(*words):
                raise Refused(f"flask {' '.join(words)} ended with {code} in the sandbox, which is gone again")
        click.echo(f"{name} is up: {sandbox.serve(port)}")
    except BaseException:
        sandbox.remove()
        raise
    if detach:
        return
    click.echo("This shell works on the sandbox; when it ends, all of it is gone.")
    signal.signal(signal.SIGINT, lambda number, frame: None)  # Ctrl-C is the shell's; SIG_IGN it would inherit
    try:
        sandbox.run("shell")
    finally:
        sandbox.remove()
        click.echo(f"{name} is gone")


@scenarios.command("down")
@click.argument("name")
def down(name: str) -> None:
    """End the server of a sandbox and remove its databases."""
    from .sandbox import Sandbox

    _known(name)
    if not Sandbox(name).folder.exists():
        raise Refused(f"scenario {name} is not up: flask scenario list says what is")
    Sandbox(name).remove()
    click.echo(f"{name} is gone")


@scenarios.command("fill", hidden=True)
@click.argument("name")
def fill(name: str) -> None:
    """Fill this process's databases, a sandbox's, which must be empty."""
    from ..auth.models import User
    from ..data.database import db
    from .contents import SCENARIOS

    _refuse_production()
    _known(name)
    if db.session.query(User).count():
        raise Refused(f"there are users in this database: scenario {name} is for an empty one")
    SCENARIOS[name].fill()


def _end(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def _known(name: str) -> None:
    from .contents import SCENARIOS

    if name not in SCENARIOS:
        raise Refused(f"there is no scenario {name}: there are {', '.join(SCENARIOS)}")


def _refuse_production() -> None:
    if current_app.config["ENVIRONMENT"] == "production":
        raise Refused("scenarios are never for production: set APPLICATION_CONFIG=development")
