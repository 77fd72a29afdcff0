"""Those who may sign in."""

from __future__ import annotations

import secrets
import unicodedata

from sqlalchemy import String, select, true, update
from sqlalchemy.orm import Mapped, mapped_column

from ..data.database import Model, db
from . import passwords

AUTHOR, ADMIN = ROLES = ("author", "admin")
NAME_LENGTH = 64


def new_key() -> str:
    """What a session refers to a user by: another one ends all of a user's sessions."""
    return secrets.token_hex(16)


class User(Model):
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


def folded(name: str) -> str:
    """A name as people compare it: letters' case and form, and the number of spaces, mean nothing."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def nobody() -> bool:
    """Whether there is no user yet."""
    return db.session.scalar(select(User.id).limit(1)) is None


def find(name: str) -> User | None:
    """The user of that very name."""
    return db.session.scalar(select(User).where(User.name == name))


def renew_hash(user: User, password: str) -> None:
    """Keep another hash of the same password, unless somebody has changed it meanwhile."""
    same = (User.id == user.id, User.password_hash == user.password_hash)
    db.session.execute(update(User).where(*same).values(password_hash=passwords.hashed(password)))
