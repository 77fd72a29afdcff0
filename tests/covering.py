"""What `make test` tries of a product of adapters, front ends and the like: a covering set. `make test-all` tries all.

A member of a product is chosen when it brings values together that none before it does; all others are marked `wide`,
which pyproject.toml deselects. A new adapter or front end is covered by being in the tables of deploy. Swaps make a
walk, so that tests/release/walk.py has theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

# For each product, which of its members' fields are to meet: each combination of values that there is, at least once.
MEET = {
    "targets": ("adapter frontend", "adapter where", "frontend where"),
    "our application": ("protocol frontend", "frontend where", "adapter"),  # on targets, beside the one that echoes
    "faults": ("step", "supervisor kind"),
    "views": ("scheme", "size"),  # of each page, in a browser
    "hosts": ("protocol frontend", "adapter"),  # on the newer Debian, the first; fleets have a host of each
}


def met(product: str, member: Any) -> set[tuple[str, ...]]:
    """The combinations of values that a member of a product has."""
    return {(names, *(getattr(member, name) for name in names.split())) for names in MEET[product]}


def choose(product: str, members: Sequence[Any]) -> list[Any]:
    """A few of the members that have every combination that any of them has, in the members' order.

    The next is always who brings most that is new; of equals, whose values were chosen least often.
    """
    fields = {name for names in MEET[product] for name in names.split()}
    left = set[tuple[str, ...]]().union(*(met(product, member) for member in members))
    chosen, often = list[Any](), Counter[tuple[str, str]]()

    def worth(member: Any) -> tuple[int, int]:
        return len(left & met(product, member)), -sum(often[name, getattr(member, name)] for name in fields)

    while left:
        chosen.append(max(members, key=worth))
        left -= met(product, chosen[-1])
        often.update((name, getattr(chosen[-1], name)) for name in fields)
    return [member for member in members if member in chosen]


def parameters(product: str, members: Sequence[Any]) -> list[Any]:
    """All members for pytest's parametrize, those that are not chosen marked `wide`."""
    chosen = choose(product, members)
    return [
        pytest.param(member, id=str(member), marks=[] if member in chosen else [pytest.mark.wide]) for member in members
    ]
