"""A front end follows the `current` link when it is told to reload, and finishes what it has begun."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy import frontends
from tests.contract import client
from tests.contract.client import Connection, Request

from . import live, upstreams
from .upstreams import Received

EVERY = pytest.mark.parametrize("name", frontends.FRONTENDS)


def named(name: bytes, hold: threading.Event | None = None) -> Callable[[Received], bytes]:
    """An answer that names its upstream; one for /held comes only when it may."""

    def answer(request: Received) -> bytes:
        assert hold is None or "/held" not in request.line or hold.wait(live.PATIENCE)
        return b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n" + name

    return answer


def await_answer(front: live.Front, wanted: bytes) -> list[client.Response]:
    """Ask until the answer is from the upstream that is wanted: all answers on the way."""
    deadline = time.monotonic() + live.PATIENCE
    answers = [client.ask(front.port, Request())]
    while answers[-1].body != wanted:
        assert time.monotonic() < deadline, front.log()
        answers.append(client.ask(front.port, Request()))
    return answers


@EVERY
def test_a_reload_goes_to_the_new_release_without_a_gap(name: str, folder: Path) -> None:
    old, new = (folder / "run" / f"{each}.sock" for each in ("old", "new"))
    with (
        upstreams.http(old, named(b"old")),
        upstreams.http(new, named(b"new")),
        live.front(name, folder, upstream=str(old)) as front,
    ):
        for upstream, wanted in ((new, b"new"), (old, b"old"), (new, b"new")):
            front.release(upstream=str(upstream))
            assert {answer.status for answer in await_answer(front, wanted)} == {200}
        assert front.process.poll() is None


@EVERY
def test_a_request_under_way_is_answered_across_a_reload(name: str, folder: Path) -> None:
    old, new = (folder / "run" / f"{each}.sock" for each in ("old", "new"))
    hold = threading.Event()
    with (
        upstreams.http(old, named(b"old", hold)) as upstream,
        upstreams.http(new, named(b"new")),
        live.front(name, folder, upstream=str(old)) as front,
        Connection(front.port) as connection,
    ):
        connection.send(Request(target="/held").wire())
        await_held(upstream)
        front.release(upstream=str(new))
        await_answer(front, b"new")
        hold.set()
        assert connection.receive().body == b"old"


@EVERY
def test_a_request_under_way_is_answered_across_a_stop(name: str, folder: Path) -> None:
    hold = threading.Event()
    with (
        upstreams.http(folder / "run" / "up.sock", named(b"old", hold)) as upstream,
        live.front(name, folder) as front,
        Connection(front.port) as connection,
    ):
        connection.send(Request(target="/held").wire())
        await_held(upstream)
        front.process.send_signal(signal.Signals[f"SIG{front.module.stop_signal}"])
        await_refusal(front)
        hold.set()
        assert connection.receive().body == b"old"


def await_held(upstream: upstreams.Upstream) -> None:
    """Return when the request that is held has arrived."""
    deadline = time.monotonic() + live.PATIENCE
    while not any("/held" in request.line for request in upstream.received):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def await_refusal(front: live.Front) -> None:
    """Return when nobody listens on the port any more."""
    deadline = time.monotonic() + live.PATIENCE
    with contextlib.suppress(ConnectionRefusedError):
        while time.monotonic() < deadline:
            Connection(front.port).socket.close()
            time.sleep(0.01)
