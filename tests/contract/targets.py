"""Every target there is, from the tables of deploy: a new adapter or front end is tested by being in them."""

from __future__ import annotations

import importlib
from typing import NamedTuple

from deploy import frontends
from deploy.adapters import ADAPTERS

MOUNTS = {"root": "", "prefix": "/team/my.app"}  # two segments and a dot: no place for a careless pattern to hide
STANDALONE = "none"


class Target(NamedTuple):
    """An adapter, its front end (or none) and where it is mounted."""

    adapter: str
    frontend: str
    where: str
    protocol: str

    def __str__(self) -> str:
        return f"{self.adapter}-{self.frontend}-{self.where}"

    @property
    def mount(self) -> str:
        """The prefix as it stands before a path."""
        return MOUNTS[self.where]


def protocols(adapter: str) -> tuple[str, ...]:
    """What an adapter speaks, best first."""
    spoken: tuple[str, ...] = importlib.import_module(ADAPTERS[adapter]).protocols
    return spoken


TARGETS = tuple(
    Target(adapter, frontend, where, spoken)
    for adapter in ADAPTERS
    for frontend in dict.fromkeys((STANDALONE, *frontends.FRONTENDS))
    for where in MOUNTS
    if (spoken := frontends.protocol(frontend, protocols(adapter)))
)
