"""flask user add|list|password|disable|enable|role."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from .. import hooks
from ..data import schema
from ..data.database import db
from ..errors import Refused
from . import passwords
from .forms import CONTROL
from .models import AUTHOR, NAME_LENGTH, ROLES, User, find, new_key

users = AppGroup("user", help="Those who may sign in.")
ROLE = click.Choice(ROLES)


@users.command("add")
@click.argument("name")
@click.option("--role", type=ROLE, default=AUTHOR, show_default=True, help="An admin edits everybody's entries.")
def add(name: str, role: str) -> None:
    """Add a user; the password is asked for, or is the first line of standard input."""
    schema.demand()
    if not 1 <= len(name) <= NAME_LENGTH or name != name.strip() or not name.isprintable():
        raise Refused(f"the name {name!r} will not do: 1 to {NAME_LENGTH} characters, no spaces around them")
    if find(name):
        raise Refused(f"there is already a user {name} already")
    user = User(name=name, role=role)
    user.set_password(_password())
    db.session.add(user)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Refused(f"there is already a user {name} already") from error
    _done(user, f"added as {role}")


@users.command("list")
def list_users() -> None:
    """Print the users, one a line: name, role, where the password is, whether disabled."""
    schema.demand()
    for user in db.session.scalars(select(User).order_by(User.name)):
        words = [user.name, user.role, "local" if user.password_hash else "directory"]
        click.echo("\t".join([*words, *([] if user.active else ["disabled"])]))


@users.command("password")
@click.argument("name")
def password(name: str) -> None:
    """Set another password, asked for or the first line of standard input; ends the user's sessions."""
    user = _known(name)
    user.set_password(_password())
    _done(user, "has a new password")


@users.command("disable")
@click.argument("name")
def disable(name: str) -> None:
    """Let a user sign in no more; ends their sessions, keeps their entries."""
    user = _known(name)
    user.active, user.session_key = False, new_key()
    _done(user, "disabled")


@users.command("enable")
@click.argument("name")
def enable(name: str) -> None:
    """Let a disabled user sign in again."""
    user = _known(name)
    user.active = True
    _done(user, "enabled")


@users.command("role")
@click.argument("name")
@click.argument("role", type=ROLE)
def change_role(name: str, role: str) -> None:
    """Make a user an author or an admin; the directory's roles (LDAP_ROLES) are set anew at each sign-in."""
    user = _known(name)
    user.role = role
    _done(user, f"is now {role}")


def _known(name: str) -> User:
    schema.demand()
    user = find(name) if name.isprintable() else None
    if user is None:
        raise Refused(f"there is no user {name}: flask user list names them")
    return user


def _done(user: User, what: str) -> None:
    hooks.tell(f"user {what}"[:32], user.name, detail="by command")
    db.session.commit()
    click.echo(f"user {user.name} {what}")


def _password() -> str:
    if sys.stdin.isatty():
        text = str(click.prompt("Password", "", True, "Once more", show_default=False))
    else:
        text = sys.stdin.readline().rstrip("\r\n")
    if not passwords.LENGTH <= len(text) <= passwords.LONGEST:
        limits = f"{passwords.LENGTH} to {passwords.LONGEST}"
        raise Refused(f"the password has {len(text)} characters: it must have {limits}")
    if CONTROL.search(text):
        raise Refused("the password holds a control character, or is not in UTF-8: nobody could type it")
    return text
