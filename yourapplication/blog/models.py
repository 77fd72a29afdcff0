"""Entries, and how they are found: newest first, page by page, by words."""

from __future__ import annotations

import contextlib
import re
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index, Select, String, Text, select, tuple_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..auth.models import ADMIN, User
from ..data.database import Model, db, now

TITLE_LENGTH, BODY_LENGTH = 200, 100_000  # characters
QUERY_LENGTH = 200  # of words to search for
PAGE = 20  # entries
KEY = re.compile(r"(\d{8}T\d{6})-(\d{1,10})", re.ASCII)
KEY_TIME = "%Y%m%dT%H%M%S"
OLDEST = "00010101T000000-0"  # a key before all entries
LARGEST = 2**31 - 1  # of an entry's number


class Entry(Model):
    """A titled text in Markdown; what is derived from it is written with it."""

    __tablename__ = "entry"
    # The number of a deleted entry is not given to another: its URL may be in somebody's feed.
    __table_args__ = (Index(None, "created", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    body: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(String(320), default="", server_default="")
    searchable: Mapped[str] = mapped_column(Text, default="", server_default="")
    created: Mapped[datetime] = mapped_column(default=now)
    modified: Mapped[datetime | None] = mapped_column(default=now)
    author_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    author: Mapped[User] = relationship(lazy="joined", innerjoin=True)

    def write(self, title: str, body: str) -> None:
        """Change the text and what is derived from it."""
        from .markdown import summary

        self.title, self.body, self.summary, self.modified = title, body, summary(body), now()
        self.searchable = f"{title}\n{body}".casefold()  # databases disagree on what is a capital letter

    def editable_by(self, user: User | None) -> bool:
        """Its author's and every admin's."""
        return user is not None and (user.id == self.author_id or user.role == ADMIN)

    @property
    def key(self) -> str:
        """Its place in the order of all entries, as it stands in a URL."""
        return f"{self.created.strftime(KEY_TIME)}-{self.id}"


class Page(NamedTuple):
    """Some entries, newest first; keys for the pages beside it, empty where there is none."""

    entries: list[Entry]
    newer: str
    older: str


def page(words: str = "", before: str = "", after: str = "", size: int = PAGE) -> Page:
    """The newest entries that hold all `words`, or those next to a key; as quick on the last page as on the first.

    Raises ValueError for a key that is none.
    """
    found = select(Entry)
    for word in words.casefold().replace("\0", " ").split():
        found = found.where(Entry.searchable.contains(word, autoescape=True))
    entries = list(db.session.scalars(_beside(found, before, after).limit(size + 1)))
    more, entries = len(entries) > size, entries[:size]
    if after:
        entries.reverse()
    if not entries:
        return Page([], "", "")
    return Page(entries, newer=entries[0].key if before or (after and more) else "",
                older=entries[-1].key if (after != OLDEST if after else more) else "")  # fmt: skip


def _beside(found: Select[Entry], before: str, after: str) -> Select[Entry]:
    if after:
        return found.where(tuple_(Entry.created, Entry.id) > _key(after)).order_by(Entry.created, Entry.id)
    if before:
        found = found.where(tuple_(Entry.created, Entry.id) < _key(before))
    return found.order_by(Entry.created.desc(), Entry.id.desc())


def _key(text: str) -> tuple[datetime, int]:
    match = KEY.fullmatch(text)
    with contextlib.suppress(ValueError):  # a month 13, say
        if match and int(match[2]) <= LARGEST:
            return datetime.strptime(match[1], KEY_TIME), int(match[2])
    raise ValueError(f"{text!r} is not a place among the entries")
