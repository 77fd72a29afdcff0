"""What a check has found."""

from __future__ import annotations

from typing import NamedTuple

OK, WARNING, WRONG = "ok", "warning", "wrong"


class Finding(NamedTuple):
    """OK, WARNING (it works, and may not for long) or WRONG; the fix is a command, empty when nothing is amiss.

    `refusal`: the sentence with which a deployment is refused that this hinders; empty when it does not.
    """

    level: str
    what: str
    fix: str = ""
    refusal: str = ""


def lines(found: list[tuple[str, Finding]]) -> list[str]:
    """Findings with the name of their check, for people."""
    return [f"{each.level:<8} {name:<12} {each.what}{'; fix: ' * bool(each.fix)}{each.fix}" for name, each in found]


def values(found: list[tuple[str, Finding]]) -> list[dict[str, str]]:
    """They for other tools."""
    return [{"check": name, "level": each.level, "what": each.what, "fix": each.fix} for name, each in found]


def hinders(what: str, fix: str) -> Finding:
    """One for which a deployment is refused, with what mends it."""
    return Finding(WRONG, what, fix, f"{what}: {fix}")
