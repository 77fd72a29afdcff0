"""Adapters replace each other behind each front end and alone, under load, and no request fails."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

import pytest

from deploy import frontends
from deploy.adapters import ADAPTERS

from ..contract.targets import STANDALONE, protocols
from ..deploy.conftest import Site, make_site, remove_site
from . import limits, results
from .load import Load
from .site import GRACEFUL, back, kill, kill_frontend, make_project, processes, up
from .walk import ring, walk

BEHIND = pytest.mark.parametrize("frontend", [*frontends.FRONTENDS, STANDALONE])
CHOSEN = {"apache": ["mod_wsgi:http", "mod_wsgi:http", "gevent"]}  # tried last: a protocol that is not the first one
SETTLE = 0.2  # seconds in which only the new release may answer, before the next change


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = make_site(make_project(tmp_path_factory.mktemp("project")))
    yield made
    remove_site(made)


def spoken(adapter: str, frontend: str) -> str | None:
    """What passes between an adapter and a front end."""
    return frontends.protocol(frontend, protocols(adapter))


def test_the_walk_takes_every_pair_once() -> None:
    steps = list(itertools.pairwise(walk(list(ADAPTERS))))
    assert sorted(steps) == sorted(itertools.product(ADAPTERS, repeat=2))


def able(frontend: str) -> list[str]:
    """The adapters that stand behind a front end."""
    return [name for name in ADAPTERS if spoken(name, frontend)]


def tried(frontend: str) -> set[str]:
    """One of them for each protocol, and alone all of them: those that are also replaced by themselves."""
    names = able(frontend)
    return {*(names if frontend == STANDALONE else {spoken(name, frontend): name for name in names}.values())}


@BEHIND
def test_no_request_fails(site: Site, frontend: str) -> None:
    """From each adapter, to each."""
    twice = tried(frontend)
    names = [each for name in ring(able(frontend)) for each in ([name, name] if name in twice else [name])]
    assert unknown(frontend, changes(site, frontend, names)) == []


@pytest.mark.wide
@BEHIND
def test_no_request_fails_whatever_replaces_whatever(site: Site, frontend: str) -> None:
    """Every pair, each adapter by a new release of itself too."""
    found = changes(site, frontend, walk(able(frontend)))
    results.write(frontend, found)
    assert unknown(frontend, found) == []


def changes(site: Site, frontend: str, names: list[str]) -> results.Found:
    """What came of each change from one of `names` to the next, and of a rollback.

    For each protocol also with a request as long as a stopping process may take, and with a killed process; the front
    end is killed before the last deployment.
    """
    found: results.Found = {}
    names = [*names, *CHOSEN.get(frontend, [])]
    slowly = {*tried(frontend), *CHOSEN.get(frontend, [])}
    with Load(site.port, up(site, names[0], frontend), site.token) as load:
        for old, new in itertools.pairwise(names):
            held = load.hold(GRACEFUL) if old == new and new in slowly else None
            load.change(lambda name=new: up(site, name, frontend))
            if held:
                held.join()
            time.sleep(SETTLE)
            found[f"{old} {new}"] = load.mark()
            if held and processes(site):
                killed = kill(site)
                load.await_answers(killed)
                found[f"kill {new}"] = load.mark(killed)
        if frontend != STANDALONE:
            answered = kill_frontend(site)
            load.await_answers(answered)
            found[f"kill {frontend}"] = load.mark(answered)
        load.change(lambda: back(site))
        time.sleep(SETTLE)
        found[f"rollback {names[-1]} {names[-2]}"] = load.mark()
    return found


def unknown(frontend: str, found: results.Found) -> list[tuple[str, str]]:
    """The failures that are no known limit."""
    return [
        (change, failure)
        for change, result in found.items()
        for failure in result.failures
        if not limits.known(frontend, change, failure)
    ]
