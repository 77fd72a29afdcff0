"""One row an event; nothing refers to the users' table, which lies in another database."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import Index, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from ..data.database import Model, db, now

BATCH = 1000  # events that are forgotten at once
LENGTHS = {"account": 64, "address": 64, "detail": 255}


class Event(Model):
    """Who did what, from where; `account` is the name as it was given, whether or not there is such a user."""

    __tablename__ = "event"
    __bind_key__ = "audit"
    __table_args__ = (
        Index(None, "account", "time"),
        Index(None, "address", "time"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    time: Mapped[datetime] = mapped_column(default=now)
    action: Mapped[str] = mapped_column(String(32))
    account: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64), default="")
    detail: Mapped[str] = mapped_column(String(255), default="")


def record(action: str, account: str, address: str = "", detail: str = "") -> Event:
    """Add an event to the session; the commit of the change commits it too.

    The change is always written first: two processes that lock SQLite's files in different orders would wait for each
    other.
    """
    db.session.flush()
    texts = {"account": account, "address": address, "detail": detail}
    event = Event(action=action, **{name: text[: LENGTHS[name]] for name, text in texts.items()})
    db.session.add(event)
    return event


def prune() -> None:
    """Forget the oldest events, some at a time, when they are older than AUDIT_DAYS; the caller's commit commits this.

    Numbers and times grow alike, so only the oldest are looked at.
    """
    oldest = select(Event.id, Event.time).order_by(Event.id).limit(BATCH).subquery()
    over = select(oldest.c.id).where(oldest.c.time < now() - timedelta(days=current_app.config["AUDIT_DAYS"]))
    db.session.execute(delete(Event).where(Event.id.in_(over)).execution_options(synchronize_session=False))
