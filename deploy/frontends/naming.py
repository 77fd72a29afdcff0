"""The site's names as front ends want them: in their list of names, and as a pattern for the Host header."""

from __future__ import annotations

import re
from collections.abc import Sequence

OWN = "localhost"  # among the names it stands for this machine: its host name and its addresses
LABEL = "[a-z0-9_-]{1,63}"
# A well-formed host (RFC 9112 3.2), for Perl's regular expressions without regard to case.
WELL_FORMED = rf"(?:(?:{LABEL}[.])*{LABEL}[.]?|\[[0-9a-f:.]+\])(?::[0-9]{{1,5}})?"
ADDRESS = (r"[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+", r"\[[0-9a-f:.]+\]")  # adapters look which ones are this machine's


def words(names: Sequence[str], machine: Sequence[str]) -> dict[str, object]:
    """What templates know: `names`, by which the site is told from others on its port, and `shared`, their pattern;
    `hosts`, the pattern of every Host that it answers; `well_formed`. `machine`: this machine's host name, if known.
    """
    told = [name for name in names if name != OWN] or list(names)
    patterns = {"hosts": pattern(names, machine), "shared": pattern(told, ()), "well_formed": WELL_FORMED}
    return {"names": told, **patterns}


def pattern(names: Sequence[str], machine: Sequence[str]) -> str:
    """Every Host, with its port or without, that `names` allow."""
    parts = [_pattern(name) for name in names]
    if OWN in names:
        parts += [*map(_pattern, machine), *ADDRESS]
    return f"(?:{'|'.join(parts)})[.]?(?::[0-9]+)?"


def _pattern(name: str) -> str:
    below = name.startswith("*.")
    return f"(?:{LABEL}[.])+" * below + re.escape(name.removeprefix("*.").lower()).replace(r"\.", "[.]").replace(
        r"\-", "-"
    )
