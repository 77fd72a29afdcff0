"""Sessions: each sign-in is a row, so that signing out ends it, and a copied cookie with it."""

from __future__ import annotations

from datetime import datetime

from flask import current_app, session
from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from ..data.database import Model, db, now
from .models import User, new_key


class Session(Model):
    """One sign-in; the cookie holds its key, signed."""

    __tablename__ = "session"

    key: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_key)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    began: Mapped[datetime] = mapped_column(default=now, index=True)


def begin(user: User) -> None:
    """Sign `user` in; sessions that are too old for their cookie are forgotten."""
    db.session.execute(delete(Session).where(Session.began <= _oldest()))
    row = Session(user_id=user.id)
    db.session.add(row)
    db.session.commit()
    session.clear()
    session["user"] = user.session_key  # another password, or disabling, changes it
    session["key"] = row.key


def user() -> User | None:
    """The user who is signed in; asks the database."""
    known, key = session.get("user"), session.get("key")
    if not (isinstance(known, str) and isinstance(key, str)):
        return None
    wanted = select(User).join(Session, Session.user_id == User.id)
    same = (Session.key == key, Session.began > _oldest(), User.session_key == known, User.active)
    return db.session.scalar(wanted.where(*same))


def end() -> None:
    """End the session, on the server too; the caller's commit commits this."""
    db.session.execute(delete(Session).where(Session.key == session.get("key")))
    session.clear()


def _oldest() -> datetime:
    return now() - current_app.permanent_session_lifetime
