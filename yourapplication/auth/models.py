"""Those who may sign in."""

from __future__ import annotations

import secrets

from sqlalchemy import String, select, true
from sqlalchemy.orm import Mapped, mapped_column

from ..database import db
from . import ldap, passwords

AUTHOR, ADMIN = ROLES = ("author", "admin")
NAME_LENGTH = 64


def new_key() -> str:
    """What a session refers to a user by: another one ends all of a user's sessions."""
    return secrets.token_hex(16)


class User(db.Model):
    """Somebody with a name; with the hash of a password, or without when the directory knows them."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16), default=AUTHOR, server_default=AUTHOR)
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    session_key: Mapped[str | None] = mapped_column(String(32), unique=True, default=new_key)

    def set_password(self, password: str) -> None:
        """Keep the hash of `password`, and end the user's sessions."""
        self.password_hash = passwords.hashed(password)
        self.session_key = new_key()


def find(name: str) -> User | None:
    """The user of that very name."""
    return db.session.scalar(select(User).where(User.name == name))


def authenticate(name: str, password: str) -> User | None:
    """The user, if the password is theirs and they are not disabled; a wrong name takes as long as a wrong password.

    A name that has a password here is never asked of the directory, so that a dead directory locks out nobody else.
    Raises ldap.Unavailable.
    """
    user = find(name)
    right = passwords.matches(user.password_hash if user else None, password)
    if user and user.password_hash:
        if right and passwords.outdated(user.password_hash):
            user.password_hash = passwords.hashed(password)
        return user if right and user.active else None
    db.session.rollback()  # the directory may take its time: hold no connection meanwhile
    role = ldap.sign_in(name, password)
    user = find(name) if role else None
    if role and user is None:
        user = User(name=name)
        db.session.add(user)
    if role and user:
        user.role = role
    return user if user and user.active is not False else None
