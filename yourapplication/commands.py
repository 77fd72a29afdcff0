"""flask --app yourapplication init-db | user add NAME | user list: what an administrator does, never a request."""

from __future__ import annotations

import sys

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from . import schema
from .auth.models import PASSWORD_LENGTH, User, find
from .database import db
from .errors import Refused

users = AppGroup("user", help="Those who may sign in.")


def init_app(app: Flask) -> None:
    """Add the commands to `flask --app yourapplication`."""
    app.cli.add_command(init_db)
    app.cli.add_command(users)


@click.command("init-db")
@with_appcontext
def init_db() -> None:
    """Create the database, or migrate it after a backup; does nothing when it is up to date."""
    schema.upgrade(click.echo)


@users.command("add")
@click.argument("name")
def add_user(name: str) -> None:
    """Add a user; the password is asked for, or is the first line of standard input."""
    _ready()
    if not 1 <= len(name) <= 64 or name != name.strip() or not name.isprintable():
        raise Refused(f"the name {name!r} will not do: 1 to 64 characters, no spaces around them")
    if find(name):
        raise Refused(f"there is a user {name} already")
    password = _password()
    if len(password) < PASSWORD_LENGTH:
        raise Refused(f"the password has {len(password)} characters: it must have {PASSWORD_LENGTH} or more")
    user = User(name=name)
    user.set_password(password)
    db.session.add(user)
    try:
        db.session.commit()
    except IntegrityError as error:
        raise Refused(f"there is a user {name} already") from error
    click.echo(f"user {name} added")


@users.command("list")
def list_users() -> None:
    """Print the users' names, one a line."""
    _ready()
    for name in db.session.scalars(select(User.name).order_by(User.name)):
        click.echo(name)


def _ready() -> None:
    reason = schema.unready()
    if reason:
        raise Refused(reason)


def _password() -> str:
    if sys.stdin.isatty():
        return str(
            click.prompt("Password", hide_input=True, confirmation_prompt="Once more", default="", show_default=False)
        )
    return sys.stdin.readline().rstrip("\r\n")
