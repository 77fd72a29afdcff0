"""Law 11: what servers could read differently is refused, and its connection closed: nobody smuggles a request."""

from __future__ import annotations

import contextlib
import re
import socket
import time

import pytest

from . import client
from .client import Closed, Request
from .site import Site

LAW = "11"

GET = b"GET {path} HTTP/1.1\r\nHost: site.test\r\n"
POST = b"POST {path} HTTP/1.1\r\nHost: site.test\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
FRAMING = {
    "coding in HTTP/1.0": b"POST {path} HTTP/1.0\r\nHost: site.test\r\nConnection: keep-alive\r\n"
    + CHUNKED
    + b"\r\n0\r\n\r\n",
    "coding and length in HTTP/1.0": b"POST {path} HTTP/1.0\r\nHost: site.test\r\nConnection: keep-alive\r\n"
    b"Content-Length: 5\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "chunked twice": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "two codings, one unknown": POST + CHUNKED + b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "empty coding": POST + b"Transfer-Encoding:\r\n\r\n0\r\n\r\n",
    "line feed in a chunk's extension": POST + CHUNKED + b"\r\n1;a\nb\r\nx\r\n0\r\n\r\n",
    "chunk without a size": POST + CHUNKED + b"\r\n;a\r\n0\r\n\r\n",
    "chunk longer than said": POST + CHUNKED + b"\r\n1\r\nxyz\r\n0\r\n\r\n",
}
HEADER = {
    "NUL in a value": GET + b"X-A: a\0b\r\n\r\n",
    "carriage return in a value": GET + b"X-A: a\rX-B: b\r\n\r\n",
    "folded first line": b"GET {path} HTTP/1.1\r\n X-A: a\r\nHost: site.test\r\n\r\n",
    "control character in a name": GET + b"X\x01A: a\r\n\r\n",
    "space in a name": GET + b"X A: a\r\n\r\n",
    "no name": GET + b": a\r\n\r\n",
    "delimiter in the method": b"G(T {path} HTTP/1.1\r\nHost: site.test\r\n\r\n",
    "control character in the method": b"G\x01T {path} HTTP/1.1\r\nHost: site.test\r\n\r\n",
    "space in the target": b"GET {path} x HTTP/1.1\r\nHost: site.test\r\n\r\n",
    "NUL in the target": b"GET {path}\0 HTTP/1.1\r\nHost: site.test\r\n\r\n",
    "no version": b"GET {path} HTTX/1.1\r\nHost: site.test\r\n\r\n",
}
HARMLESS: dict[str, tuple[bytes, tuple[str, ...]]] = {  # and the values of X-A where it is not refused
    "folded line": (GET + b"X-A: a\r\n b\r\n\r\n", ("a b", "a   b")),  # RFC 9112 5.2 allows both
    "control character in a value": (GET + b"X-A: a\x01b\r\n\r\n", ("a\x01b",)),  # RFC 9110 5.5: may be kept
    "no colon": (GET + b"X-A\r\n\r\n", ("", "dropped")),
}
REFUSED = (b"400", b"405", b"411", b"413", b"501", b"505")


def said(site: Site, raw: bytes) -> bytes:
    """All that the server answers to these bytes and a request that is smuggled behind them."""
    path = f"{site.mount}/upload".encode()
    with site.connect() as connection:
        connection.send(raw.replace(b"{path}", path) + site.below(Request(target="/smuggled")).wire())
        first = piece = connection.more()
        while piece and not is_whole(first):  # a server that is passing an answer on may give up when we close
            first += (piece := connection.more())
        # It may now wait for us to close, so that its answer is not lost.
        with contextlib.suppress(OSError):  # it has closed
            connection.socket.shutdown(socket.SHUT_WR)
        return first + connection.rest()


def is_whole(received: bytes) -> bool:
    """Whether a response has come up to its length; one without has come when its header has."""
    head, end, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"\ncontent-length: *([0-9]+)", head, re.IGNORECASE)
    return bool(end) and (length is None or len(body) >= int(length[1]))


@pytest.mark.parametrize("name", FRAMING)
def test_faulty_framing_is_refused(site: Site, name: str) -> None:
    """And nothing behind it is taken for a request (RFC 9112 6.1, 6.3, 7.1)."""
    check_refused(said(site, FRAMING[name]))


def test_two_lines_of_codings_are_refused(site: Site) -> None:
    """They say that the body is chunked twice (RFC 9110 5.2)."""
    check_refused(said(site, POST + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n"))


def check_refused(received: bytes) -> None:
    assert b"/smuggled" not in received
    assert received.count(b"HTTP/1.1 ") <= 1
    assert received[9:12] in (b"", *REFUSED), received


@pytest.mark.parametrize("name", HEADER)
def test_a_malformed_header_is_refused(site: Site, name: str) -> None:
    """It never reaches the application (RFC 9110 5.5, RFC 9112 3 and 5.2)."""
    received = said(site, HEADER[name])
    assert received[9:12] in (b"", *REFUSED), received


@pytest.mark.parametrize("name", HARMLESS)
def test_an_odd_header_is_refused_or_understood(site: Site, name: str) -> None:
    raw, values = HARMLESS[name]
    received = said(site, raw)
    head, _, body = received.partition(b"\r\n\r\n")
    readings = [() if value == "dropped" else (("X-A", value),) for value in values]
    found = [site.rule(Request(target="/upload", headers=headers)) for headers in readings]
    assert head[9:12] in (b"", *REFUSED) or any(each in body for each in found), received


def logged(site: Site, words: str, before: int) -> int:
    """How many lines more than before have these words, when there is one."""
    deadline = time.monotonic() + client.TIMEOUT
    while (found := site.logs().count(words)) == before and time.monotonic() < deadline:
        time.sleep(0.02)
    return found - before


@pytest.mark.parametrize("how", ["list", "pieces", "write"])
def test_a_body_longer_than_its_length_is_cut(site: Site, how: str) -> None:
    """What is too much is not taken for the next response; one line in the log says so."""
    words = "longer than its Content-Length"
    before = site.logs().count(words)
    with site.connect() as connection:
        answer = connection.ask(site.below(Request(target=f"/_/framed?how={how}&announced=10&sent=40")))
        assert (answer.status, answer.body, answer.whole) == (200, b"b" * 10, True)
        connection.send(site.below(Request(target="/after")).wire())
        if more := connection.more(1):
            connection.unread += more
            assert connection.receive().body == site.rule(Request(target="/after"))
    assert logged(site, words, before) == 1


@pytest.mark.parametrize("how", ["list", "pieces", "write"])
def test_a_body_shorter_than_its_length_is_seen(site: Site, how: str) -> None:
    """Its client is told by the connection's end, and the next response is not taken for the rest.

    Apache, when it has all that a CGI program said before it sends anything, says the true length instead.
    """
    words = "shorter than its Content-Length"
    before = site.logs().count(words)
    with site.connect() as connection:
        connection.send(site.below(Request(target=f"/_/framed?how={how}&announced=40&sent=10")).wire())
        with contextlib.suppress(Closed):
            answer = connection.receive()
            assert answer.status >= 500 or not answer.whole or answer.get("Content-Length") == "10"
    assert logged(site, words, before) == 1
