"""Passwords that were found right a moment ago: a program, which sends its own with each request, is not kept waiting.

Of a password only a keyed hash is kept, in this process's memory, for a minute; another password ends it at once.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time

from ..auth import attempts
from ..auth.models import User, find

SECONDS = 60
MOST = 256  # that are kept

_key = secrets.token_bytes(32)
_found: dict[bytes, tuple[float, str | None]] = {}


def check(name: str, password: str) -> User | None:
    """The user of that name and password; raises what attempts.check does."""
    user = find(name)
    if right(user, password):
        with attempts.guarded(name, known=True):
            return user
    user = attempts.check(name, password)
    if user:
        remember(user, password)
    return user


def right(user: User | None, password: str) -> bool:
    """Whether this password was found to be the user's."""
    until, kept = _found.get(_digest(user.name, password), (0.0, None)) if user else (0.0, None)
    return bool(user and user.active and kept and kept == user.password_hash and time.monotonic() < until)


def remember(user: User, password: str) -> None:
    """The password was right just now. The directory is asked each time about its own users."""
    if user.password_hash:
        while len(_found) >= MOST:
            _found.pop(next(iter(_found)), None)
        _found[_digest(user.name, password)] = (time.monotonic() + SECONDS, user.password_hash)


def _digest(name: str, password: str) -> bytes:
    return hmac.digest(_key, f"{name}\0{password}".encode("utf-8", "surrogatepass"), hashlib.sha256)
