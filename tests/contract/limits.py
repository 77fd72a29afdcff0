"""What a server cannot do: one table, read by the tests, the matrix and the documentation.

A check that is listed for a target must fail there; when it passes, its line here is obsolete and the test says so.
"""

from __future__ import annotations

from typing import NamedTuple

from .targets import Target

ANY = "*"


class Limit(NamedTuple):
    """One check that one adapter, or front end, or pair of them cannot keep, and why."""

    check: str
    adapter: str
    frontend: str
    short: str
    reason: str

    def concerns(self, check: str, target: Target) -> bool:
        """Whether `check` is expected to fail on `target`."""
        return check == self.check and self.adapter in (ANY, target.adapter) and self.frontend in (ANY, target.frontend)


LIMITS: tuple[Limit, ...] = ()


def find(check: str, target: Target) -> Limit | None:
    """The limit that concerns a check on a target, if there is one."""
    return next((limit for limit in LIMITS if limit.concerns(check, target)), None)
