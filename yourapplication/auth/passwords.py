"""Passwords are kept as argon2 hashes (RFC 9106); the library is imported when a password is first asked for."""

from __future__ import annotations

import base64
import functools
from typing import TYPE_CHECKING

from .turns import Turns

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LENGTH, LONGEST = 8, 1024  # characters, at least and at most
_turns = Turns(2)  # that one process looks at at once


def hashed(password: str) -> str:
    """The hash of `password`, with its salt and parameters."""
    return _hasher().hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether `password` is the one whose hash is kept; without one it takes as long, and is not.

    Raises ServiceUnavailable when too many are looked at just now.
    """
    with _turns.turn():
        return _matches(kept, password)


def _matches(kept: str | None, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    if kept and not kept.startswith("$argon2"):  # written by the release before, with Werkzeug
        from werkzeug.security import check_password_hash

        return check_password_hash(kept, password)
    try:
        return _hasher().verify(kept or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False


def outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return not kept.startswith("$argon2") or _hasher().check_needs_rehash(kept)


@functools.cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's: a login takes one core, not all


def _nobody() -> str:
    """A well-formed hash of no password, which costs as much as any other."""
    used = _hasher()
    salt, digest = (base64.b64encode(bytes(length)).decode().rstrip("=") for length in (used.salt_len, used.hash_len))
    return f"$argon2id$v=19$m={used.memory_cost},t={used.time_cost},p={used.parallelism}${salt}${digest}"
