"""What is measured: every adapter in its natural place, with the processes that its sample can have."""

from __future__ import annotations

from typing import NamedTuple

from deploy.adapters import ADAPTERS

MOST = 1000  # connections


class Case(NamedTuple):
    """An adapter behind a front end; an empty one is its natural one."""

    adapter: str
    frontend: str = ""
    processes: int = 1
    connections: int = MOST

    def __str__(self) -> str:
        return f"{self.adapter} ({self.frontend})" if self.frontend else self.adapter


# The samples of flup, Tornado and gevent are one process; gunicorn's and mod_wsgi's have as many as they are told.
PROCESSES = {"gunicorn": 2, "mod_wsgi": 2}
CONNECTIONS = {"cgi": 2}  # each of its requests is a process
CASES = (
    *(Case(name, "", PROCESSES.get(name, 1), CONNECTIONS.get(name, MOST)) for name in ADAPTERS),
    Case("mod_wsgi", "none", 2),
)


class Load(NamedTuple):
    """A kind of request; `goals` is the ratio of requests/s that an adapter is to reach, for all others 1."""

    name: str
    path: str
    adapters: tuple[str, ...]
    goals: dict[str, float]
    threads: int = 0  # 0: what the command line says
    connections: int = 0
    seconds: int = 0  # at least


LOADS = (
    Load("hello", "/", tuple(ADAPTERS), {"gevent": 5.0}),  # as little as an application can do
    # The sample waits for one after the other, and answers none of a hundred that come at once before all have waited.
    Load("wait", "/wait", ("tornado",), {"tornado": 10.0}, threads=32, connections=100, seconds=12),
)
