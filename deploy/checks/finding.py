"""What a check has found."""

from __future__ import annotations

from typing import NamedTuple

OK, WARNING, WRONG = "ok", "warning", "wrong"


class Finding(NamedTuple):
    """OK, WARNING (it works, and may not for long) or WRONG; the fix is a command, empty when nothing is amiss."""

    level: str
    what: str
    fix: str = ""
