"""Law 10: the application finds the same around it under every adapter, and in every command."""

from __future__ import annotations

import json
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from . import around
from .client import Request
from .deployments import ECHO
from .site import Site
from .test_law7_streaming import holder

LAW = "10"


def test_the_application_finds_the_same_around_it(site: Site) -> None:
    """Folder, argv, environment, umask, locale, encodings, time zone, input, open files, signals."""
    found = json.loads(site.get("/_/surroundings").body)
    release = json.loads((site.root / "current/instance/deploy.json").read_text(encoding="utf-8"))
    right = around.expected(f"{site.root}/releases/{site.release}", release["venv"], ECHO, release["user"])
    assert not around.differences(found, right)


def child(site: Site, kind: str) -> object:
    answer = site.get(f"/_/child?kind={kind}")
    assert answer.status == 200
    return json.loads(answer.body)


def test_a_child_that_is_told_to_end_ends(site: Site) -> None:
    """By SIGTERM, and it does not tell the server."""
    assert child(site, "terminated") == -signal.SIGTERM
    site.check(Request(target="/after"))


def test_a_child_has_the_handlers_of_any_process(site: Site) -> None:
    default, ignored = str(int(signal.SIG_DFL)), str(int(signal.SIG_IGN))
    assert child(site, "handlers") == [default, default, ignored, "set()"]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver", "executor"])
def test_a_pool_of_processes_works(site: Site, method: str) -> None:
    assert child(site, method) == [3, 2, 1]


@pytest.mark.parametrize("kind", ["program", "pipe"])
def test_what_was_said_is_read_to_its_end(site: Site, kind: str) -> None:
    assert child(site, kind) == "said"


def test_what_goes_on_in_the_background_is_not_waited_for(site: Site) -> None:
    """Neither by the client, who sees the end of the connection, nor by who comes next."""
    with holder() as listener, site.connect() as connection:
        target = f"/_/child?kind=background&port={listener.getsockname()[1]}"
        answer = connection.ask(site.below(Request(target=target, headers=(("Connection", "close"),))))
        assert (json.loads(answer.body), connection.more()) == ("begun", b"")
        site.check(Request(target="/after"))


def test_event_loops_run_beside_each_other(site: Site) -> None:
    with ThreadPoolExecutor(6) as clients:
        assert set(clients.map(lambda _: child(site, "loop"), range(6))) == {"waited"}
