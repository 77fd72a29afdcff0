"""Law 5: request bodies arrive whole, however they are framed, up to the limit; above it the answer is 413."""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket

import pytest

from . import client, limits
from .client import Connection, Request, Response, chunked
from .site import BODY_LIMIT, Site
from .test_law7_streaming import holder

LAW = "5"

SIZES = {"one": 1, "buffer": 64 * 1024, "large": 3 * 1024 * 1024, "limit": BODY_LIMIT}
CHUNKED = (("Transfer-Encoding", "chunked"), ("Content-Type", "application/octet-stream"))
AMBIGUOUS = {
    "both framings": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 5\r\nContent-Length: 0\r\n\r\n",
    "list of lengths": b"Content-Length: 5, 0\r\n\r\n",
    "signed length": b"Content-Length: +5\r\n\r\n",
    "negative length": b"Content-Length: -1\r\n\r\n",
    "length with underscore": b"Content-Length: 1_0\r\n\r\n",
    "hexadecimal length": b"Content-Length: 0x5\r\n\r\n",
    "enormous length": b"Content-Length: 18446744073709551617\r\n\r\n",
    "unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n",
    "chunked is not last": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "negative chunk": b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "space before colon": b"Content-Length : 5\r\n\r\n",
}


def body(size: int) -> bytes:
    return (b"0123456789abcde\n" * (size // 16 + 1))[:size]


def chunks(site: Site, data: bytes, connection: Connection, target: str = "/upload") -> Response:
    """POST in chunks."""
    head = site.below(Request("POST", target, CHUNKED)).wire()
    connection.send(head + chunked(data))
    return connection.receive("POST")


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_a_body_with_a_length_arrives(site: Site, size: int) -> None:
    site.check(Request("POST", "/upload", (("Content-Type", "application/octet-stream"),), body(size)))


@pytest.mark.parametrize("size", [0, *SIZES.values()], ids=["none", *SIZES])
def test_a_chunked_body_arrives(site: Site, size: int) -> None:
    request = Request("POST", "/upload", CHUNKED, body(size))
    with site.connect() as connection:
        answer = chunks(site, request.body, connection)
    assert (answer.status, answer.body) == (200, site.rule(request))


def multipart(data: bytes) -> Request:
    """A form with a field and a file, as browsers send it (RFC 7578)."""
    part = b'--b0und\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    file = b'; filename="Gr\xc3\xb6\xc3\x9fe \xe2\x82\xac.bin"\r\nContent-Type: application/octet-stream'
    content = part % (b"title", b"", "Größe".encode()) + part % (b"file", file, data) + b"--b0und--\r\n"
    return Request("POST", "/_/form", (("Content-Type", "multipart/form-data; boundary=b0und"),), content)


def test_a_form_with_a_file_arrives(site: Site) -> None:
    """With a length and in chunks; and a form without a file."""
    data = body(300_000)
    upload = ["Größe €.bin", "application/octet-stream", hashlib.sha256(data).hexdigest()]
    wanted = {"fields": {"title": "Größe"}, "files": {"file": upload}}
    request = multipart(data)
    assert json.loads(site.ask(request).body) == wanted
    in_chunks = (*request.headers, ("Transfer-Encoding", "chunked"))
    assert json.loads(site.ask(request._replace(headers=in_chunks, body=chunked(request.body))).body) == wanted
    plain = (("Content-Type", "application/x-www-form-urlencoded"),)
    answer = site.ask(Request("POST", "/_/form", plain, b"title=Gr%C3%B6%C3%9Fe&a=1+2"))
    assert json.loads(answer.body) == {"fields": {"title": "Größe", "a": "1 2"}, "files": {}}


def test_an_empty_body_is_none(site: Site) -> None:
    site.check(Request("POST", "/upload", (("Content-Length", "0"),)))


def test_a_body_without_framing_is_none(site: Site) -> None:
    """HTTP lets a server insist on a length here (411); every client sends one."""
    request = Request("POST", "/upload")
    answer = site.ask(request)
    assert answer.status == 411 or (answer.status, answer.body) == (200, site.rule(request))


def test_a_body_of_a_get_arrives(site: Site) -> None:
    site.check(Request("GET", "/upload", body=b"unusual"), Request("DELETE", "/upload", body=b"unusual"))


def test_a_larger_body_with_a_length_is_refused(site: Site) -> None:
    for target in ("/upload", "/_/ignore"):
        answer = site.ask(Request("POST", target, body=body(BODY_LIMIT + 1)))
        assert answer.status == 413, answer
        assert b"sha256" not in answer.body


def test_a_larger_chunked_body_is_refused(site: Site) -> None:
    for target in ("/upload", "/_/ignore"):
        with site.connect() as connection:
            answer = chunks(site, body(BODY_LIMIT + 1), connection, target)
        assert answer.status == 413, answer
        assert b"sha256" not in answer.body


def test_a_much_larger_body_is_refused_unread(site: Site) -> None:
    """By its announcement alone: none of it is sent."""
    request = site.below(Request("POST", "/upload", (("Content-Length", str(100 * BODY_LIMIT)),)))
    with site.connect() as connection:
        assert connection.ask(request).status == 413


def test_an_unread_body_leaves_the_connection_in_order(site: Site) -> None:
    """What follows a body that the application left unread is a request, or the connection is closed."""
    for data in (b"x", body(64 * 1024)):
        ignored = site.below(Request("POST", "/_/ignore", body=data))
        follower = Request(target="/after")
        with site.connect() as connection:
            assert connection.ask(ignored).body == b"ignored\n"
            check_follower(site, connection, follower)
        with site.connect() as connection:
            assert chunks(site, data, connection, "/_/ignore").body == b"ignored\n"
            check_follower(site, connection, follower)


def check_follower(site: Site, connection: Connection, follower: Request) -> None:
    connection.send(site.below(follower).wire())
    received = connection.more(1)
    connection.unread += received
    if received:
        answer = connection.receive()
        assert (answer.status, answer.body) == (200, site.rule(follower)), answer


def test_expectations_are_met(site: Site) -> None:
    """A client that waits for 100 Continue gets it and then its answer, or gets 413 without sending anything."""
    request = site.below(Request("POST", "/upload", body=b"expected"))
    head = request.wire().removesuffix(b"\r\n\r\nexpected") + b"\r\nExpect: 100-continue\r\n\r\n"
    with site.connect() as connection:
        connection.send(head)
        assert connection.head()[0] == 100
        connection.send(b"expected")
        assert connection.receive("POST").body == site.rule(Request("POST", "/upload", body=b"expected"))
    too_large = (("Content-Length", str(BODY_LIMIT + 1)), ("Expect", "100-continue"))
    assert site.ask(Request("POST", "/upload", too_large)).status == 413


def test_a_slow_body_arrives(site: Site) -> None:
    """In four pieces, each sent when the one before has left."""
    request = Request("POST", "/upload", body=body(40000))
    wire = site.below(request).wire()
    with site.connect() as connection:
        for start in range(0, len(wire), len(wire) // 4 + 1):
            connection.send(wire[start : start + len(wire) // 4 + 1])
        assert connection.receive("POST").body == site.rule(request)


def leave(site: Site, headers: tuple[tuple[str, str], ...], patience: float = 0.3) -> None:
    """Send a part of a body and leave; the application sees that something is missing, or nothing at all.

    It tells what it sees, within `patience` seconds; where it is a known limit that it does, a busy machine has time.
    """
    with holder() as listener:
        with site.connect() as connection:
            target = f"/_/report?port={listener.getsockname()[1]}"
            connection.send(site.below(Request("POST", target, headers)).wire() + b"100\r\n" + body(0x80))
        listener.settimeout(patience)
        with contextlib.suppress(TimeoutError):
            told, _ = listener.accept()
            with told:
                assert told.recv(5) == b"cut"
    site.check(Request(target="/after"))


def test_a_cut_body_does_not_arrive_as_a_whole_one(site: Site) -> None:
    leave(site, (("Content-Length", "100000"),))


def test_a_cut_chunked_body_does_not_arrive_as_a_whole_one(site: Site) -> None:
    limited = limits.find("test_a_cut_chunked_body_does_not_arrive_as_a_whole_one", site.target)
    leave(site, CHUNKED, client.TIMEOUT if limited else 0.3)


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_ambiguous_framing_is_refused(site: Site, name: str) -> None:
    """And the connection closed, so that no front end and adapter can disagree about what comes next.

    A length beside Transfer-Encoding: chunked may also be passed over (RFC 9112 6.3).
    """
    line = f"POST {site.mount}/upload HTTP/1.1\r\nHost: site.test\r\n".encode()
    smuggled = site.below(Request(target="/smuggled")).wire()
    with site.connect() as connection:
        connection.send(line + AMBIGUOUS[name] + smuggled)
        first = connection.more()  # the server may then wait for us to close, so that its answer is not lost
        with contextlib.suppress(OSError):  # it has closed
            connection.socket.shutdown(socket.SHUT_WR)
        received = first + connection.rest()
    assert b"/smuggled" not in received
    assert received.count(b"HTTP/1.1 ") <= 1
    allowed = (b"400", b"411", b"413", b"501", *((b"200",) if name == "both framings" else ()))
    assert received[9:12] in (b"", *allowed), received
