"""Those who may sign in."""

from __future__ import annotations

import secrets

from flask import current_app
from sqlalchemy import String, select, true, update
from sqlalchemy.exc import IntegrityError
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

    A name that has a password here, in whatever case, is never asked of the directory: a dead directory locks out
    nobody else, and nobody there can become somebody here. Raises ldap.Unavailable.
    """
    user = find(name)
    right = passwords.matches(user.password_hash if user else None, password)
    if user and user.password_hash:
        if right and passwords.outdated(user.password_hash):
            _renew_hash(user, password)
        return user if right and user.active else None
    if not current_app.config["LDAP_URI"]:
        return None
    own = select(User.name).where(User.password_hash != "")
    local = {ldap.folded(each) for each in db.session.scalars(own)}
    db.session.rollback()  # the directory may take its time: hold no connection meanwhile
    person = ldap.sign_in(name, password) if ldap.folded(name) not in local else None
    return _known(person) if person and person.name not in local else None


def _renew_hash(user: User, password: str) -> None:
    """Keep another hash of the same password, unless somebody has changed it meanwhile."""
    same = (User.id == user.id, User.password_hash == user.password_hash)
    db.session.execute(update(User).where(*same).values(password_hash=passwords.hashed(password)))


def _known(person: ldap.Person) -> User | None:
    """The user whom the directory knows, with today's role, unless they are disabled here."""
    user = find(person.name)
    if user is None:
        user = User(name=person.name)
        db.session.add(user)
        try:
            db.session.flush()
        except IntegrityError:  # they sign in twice at once, for the first time
            db.session.rollback()
            user = find(person.name)
    if user is None or not user.active:
        return None
    user.role = person.role
    return user
