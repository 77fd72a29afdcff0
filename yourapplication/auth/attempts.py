"""An attempt to be let in, by name and password; parts may stand guard around it, and may know people."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from flask import request

from .. import hooks
from ..data.database import db
from . import passwords
from .models import User, find, folded, new_key, renew_hash

PATIENCE = 20  # seconds after which an attempt that has not ended has failed


class Unavailable(Exception):
    """The one who could know does not answer. The text is for the person who signs in, the reason is in the log."""


@dataclass
class Attempt:
    """Who wants to be let in, as they say, and what came of it."""

    account: str  # the name, folded
    address: str
    browser: bool = False  # a person's, who signs in; else a program's, which sends its password with each request
    known: bool = False  # the password was found right a moment ago: it is refused where others are, and not counted
    right: bool = False


def check(name: str, password: str, browser: bool = False) -> User | None:
    """The user of that name and password. Raises Unavailable, ServiceUnavailable, and what guards raise."""
    with guarded(name, browser=browser) as attempt:
        user = authenticate(name, password)
        if user is not None and user.session_key is None:  # made by the release before, which knows no such key
            user.session_key = new_key()
        before = user and user.session_key
        attempt.right = user is not None
    db.session.commit()
    # Checking takes a while: what has another password by now, or is disabled, has another key.
    return user if user and user.session_key == before else None


@contextlib.contextmanager
def guarded(name: str, browser: bool = False, known: bool = False) -> Iterator[Attempt]:
    """An attempt with all guards around it."""
    attempt = Attempt(folded(name), request.remote_addr or "", browser, known)
    with contextlib.ExitStack() as stack:
        for guard in hooks.of().guards:
            stack.enter_context(guard(attempt))
        yield attempt


def authenticate(name: str, password: str) -> User | None:
    """The user, if the password is theirs and they are not disabled; a wrong name takes as long as a wrong password.

    Nobody else is asked about a user who has a password here. Raises Unavailable.
    """
    user = find(name)
    right = passwords.matches(user.password_hash if user else None, password)
    if user and user.password_hash:
        if right and passwords.outdated(user.password_hash):
            renew_hash(user, password)
        return user if right and user.active else None
    return next(filter(None, (ask(name, password) for ask in hooks.of().authenticators)), None)
