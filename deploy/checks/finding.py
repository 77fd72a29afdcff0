"""What a check has found."""

from __future__ import annotations

from typing import NamedTuple

OK, WARNING, WRONG = "ok", "warning", "wrong"


class Finding(NamedTuple):
    """OK, WARNING (it works, and may not for long) or WRONG; the fix is a command, empty when nothing is amiss."""

    level: str
    what: str
    fix: str = ""


def lines(found: list[tuple[str, Finding]]) -> list[str]:
    """Findings with the name of their check, for people."""
    return [f"{each.level:<8} {name:<12} {each.what}{'; fix: ' * bool(each.fix)}{each.fix}" for name, each in found]
