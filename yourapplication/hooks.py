"""Where parts take part: the core calls whatever stands in these lists, and knows nobody there.

Each application has its own. A part adds to them in its init_app.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask, current_app

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from werkzeug.exceptions import HTTPException
    from werkzeug.wrappers import Response

    from .auth.attempts import Attempt
    from .auth.models import User


class Link(NamedTuple):
    """Something that every page points to, in its head and at its foot."""

    endpoint: str
    words: str
    type: str


@dataclass(frozen=True)
class Hooks:
    """What parts have added."""

    # Told what has happened, before the change is committed: action, account, address, detail.
    witnesses: list[Callable[[str, str, str, str], object]] = field(default_factory=list)
    # Around each look at a password; they may refuse it (HTTPException).
    guards: list[Callable[[Attempt], AbstractContextManager[None]]] = field(default_factory=list)
    # Who may know those that have no password here, by name and password; they raise attempts.Unavailable.
    authenticators: list[Callable[[str, str], User | None]] = field(default_factory=list)
    # Before databases that hold something are migrated; each returns where it has put a backup.
    backups: list[Callable[[], Path]] = field(default_factory=list)
    # Before a request first uses a database; they may raise SQLAlchemyError.
    patience: list[Callable[[Engine], None]] = field(default_factory=list)
    # Below which path errors are told in another way than as pages: the answer's body is theirs to set.
    problems: dict[str, Callable[[HTTPException, Response, str], None]] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)


def init_app(app: Flask) -> None:
    """Give `app` empty lists, and its pages the links."""
    app.extensions[__name__] = Hooks()
    app.context_processor(lambda: {"links": of(app).links})


def of(app: Flask | None = None) -> Hooks:
    """The hooks of `app`, or of the current one."""
    found: Hooks = (app or current_app).extensions[__name__]
    return found


def tell(action: str, account: str, address: str = "", detail: str = "") -> None:
    """Tell the witnesses; the commit of the change commits what they note."""
    for witness in of().witnesses:
        witness(action, account, address, detail)
