"""What they write."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..auth.models import User
from ..database import Base


def now() -> datetime:
    """The time in UTC, without its zone, as every database keeps it."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


class Entry(Base):
    """A titled text."""

    __tablename__ = "entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(default=now, index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    author: Mapped[User] = relationship(lazy="joined", innerjoin=True)
