"""Those who may sign in."""

from __future__ import annotations

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.security import check_password_hash, generate_password_hash

from ..database import Base, db

PASSWORD_LENGTH = 8

# Checked when there is no such user, to take as long as a wrong password: made as generate_password_hash makes them.
NOBODY = "scrypt:32768:8:1$kqTnLAnGnyAEyAoH$" + "0" * 128


class User(Base):
    """Somebody with a name and a password, of which only the hash is kept."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))

    def set_password(self, password: str) -> None:
        """Keep the hash of `password`."""
        self.password_hash = generate_password_hash(password)


def find(name: str) -> User | None:
    """The user of that very name."""
    return db.session.scalar(select(User).where(User.name == name))


def authenticate(name: str, password: str) -> User | None:
    """The user, if the password is theirs; a wrong name takes as long as a wrong password."""
    user = find(name)
    right = check_password_hash(user.password_hash if user else NOBODY, password)
    return user if right else None
