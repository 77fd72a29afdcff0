"""The order in which adapters replace each other: every ordered pair once, itself included."""

from __future__ import annotations

from collections.abc import Sequence


def walk(names: Sequence[str]) -> list[str]:
    """A closed walk through the complete directed graph of `names` that takes every edge once (Hierholzer)."""
    left = {name: list(names) for name in names}
    path, found = [names[0]], list[str]()
    while path:
        if left[path[-1]]:
            path.append(left[path[-1]].pop())
        else:
            found.append(path.pop())
    return found[::-1]


def ring(names: Sequence[str]) -> list[str]:
    """A closed walk that leaves each and comes to each once."""
    return [*names, names[0]]
