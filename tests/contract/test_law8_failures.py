"""Law 8: an exception is a 500 without a traceback, logged once; a client that leaves early breaks nothing."""

from __future__ import annotations

import contextlib
import socket
import time
import uuid

import pytest

from .client import Request, Response
from .site import Site
from .test_law7_streaming import holder

LAW = "8"

PATIENCE = 30.0  # seconds in which a message must have reached its log


def crash(site: Site, query: str, message: str) -> Response:
    return site.ask(Request(target=f"/_/crash?{query}", headers=(("X-Message", message),)))


def logged(site: Site, message: str) -> int:
    """How often a message stands in the logs, once it is there at all."""
    deadline = time.monotonic() + PATIENCE
    while message not in site.logs() and time.monotonic() < deadline:
        time.sleep(0.02)
    return site.logs().count(message)


@pytest.mark.parametrize("when", ["before", "first"])
def test_an_exception_is_a_500_without_a_traceback(site: Site, when: str) -> None:
    message = uuid.uuid4().hex
    answer = crash(site, f"when={when}", message)
    assert (answer.status, answer.whole) == (500, True)
    assert b"Traceback" not in answer.body
    assert b"RuntimeError" not in answer.body
    assert message.encode() not in answer.body
    site.check(Request(target="/after"))


@pytest.mark.parametrize("when", ["before", "first"])
def test_an_exception_is_logged_once(site: Site, when: str) -> None:
    message = uuid.uuid4().hex
    crash(site, f"when={when}", message)
    assert logged(site, message) == 1


def cut(site: Site, query: str) -> tuple[str, bool]:
    """A response that ends in an exception when its client has seen it begin: the message, and does it look whole."""
    message = uuid.uuid4().hex
    with holder() as listener, site.connect() as connection:
        target = f"/_/crash?when=middle&port={listener.getsockname()[1]}{query}"
        connection.send(site.below(Request(target=target, headers=(("X-Message", message),))).wire())
        held, _ = listener.accept()
        with held:
            headers = {name.lower(): value for name, value in connection.head()[2]}
        body, whole = connection.body("GET", 200, headers)
    assert message.encode() not in body
    return message, whole


def test_an_exception_in_the_middle_is_logged_once(site: Site) -> None:
    assert logged(site, cut(site, "&length=100")[0]) == 1


def test_a_cut_response_with_a_length_is_seen(site: Site) -> None:
    """It must not look like a whole one."""
    assert not cut(site, "&length=100")[1]


def test_a_cut_response_without_a_length_is_seen(site: Site) -> None:
    """Its last chunk must be missing."""
    assert not cut(site, "")[1]


def test_head_of_an_exception_is_a_500(site: Site) -> None:
    with site.connect() as connection:
        answer = connection.ask(site.below(Request("HEAD", "/_/crash?when=before")))
        assert answer.status == 500
        connection.send(site.below(Request(target="/after")).wire())
        rest = connection.more(1)
        connection.unread += rest
        assert not rest or connection.receive().body == site.rule(Request(target="/after"))


def test_a_replaced_response_is_the_second_one(site: Site) -> None:
    """start_response with exc_info before the first byte replaces status and headers (PEP 3333)."""
    answer = site.get("/_/replace")
    assert (answer.status, answer.body, answer.all("X-First")) == (503, b"replaced\n", [])


def test_a_client_that_leaves_during_the_response_breaks_nothing(site: Site) -> None:
    for _ in range(3):
        with holder() as listener:
            with site.connect() as connection:
                connection.send(site.below(Request(target=f"/_/stream?port={listener.getsockname()[1]}")).wire())
                held, _ = listener.accept()
            with held, contextlib.suppress(ConnectionResetError):  # the application was ended, as CGI is by lighttpd
                held.sendall(b"x")
                assert held.recv(4) in (b"done", b"")  # it went on, or was closed, without us
    site.check(*(Request(target="/after") for _ in range(4)))


def test_a_client_that_leaves_a_download_breaks_nothing(site: Site) -> None:
    for _ in range(3):
        with site.connect() as connection:
            connection.send(site.below(Request(target="/_/download?mib=64")).wire())
            assert connection.head()[0] == 200
            connection.more()
    site.check(*(Request(target="/after") for _ in range(4)))


def test_a_client_that_leaves_its_upload_breaks_nothing(site: Site) -> None:
    framings = ((("Content-Length", "100000"),), (("Transfer-Encoding", "chunked"),))
    for headers in framings:
        for _ in range(2):
            with site.connect() as connection:
                connection.send(site.below(Request("POST", "/upload", headers)).wire() + b"100\r\nhalf of it")
    site.check(*(Request(target="/after") for _ in range(4)))


def test_a_client_that_only_waits_breaks_nothing(site: Site) -> None:
    """Connections without a request, and half requests, leave room for those who ask."""
    waiting = [site.connect() for _ in range(48)]
    try:
        for connection in waiting[::2]:
            connection.send(b"GET / HTTP/1.1\r\nHost: si")
        site.check(Request(target="/meanwhile"))
    finally:
        for connection in waiting:
            connection.socket.close()


SLOW = 10  # clients of a kind at once: more than the threads of all processes together


def test_who_uploads_nothing_takes_nothing_from_others(site: Site) -> None:
    begun = site.below(Request("POST", "/", (("Content-Length", "100000"),), b"begun")).wire()
    with contextlib.ExitStack() as stack:
        for _ in range(SLOW):
            stack.enter_context(site.connect()).socket.sendall(begun)
        site.check(Request(target="/beside"))


def test_who_reads_nothing_takes_nothing_from_others(site: Site) -> None:
    """All of them see the beginning of a response, which is larger than all buffers on the way, and read no further."""
    wanted = site.below(Request(target="/_/download?mib=6")).wire()
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(site.connect()).socket for _ in range(SLOW)]
        for client in clients:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(wanted)
        for client in clients:
            assert client.recv(1, socket.MSG_PEEK) == b"H"
        site.check(Request(target="/beside"))
