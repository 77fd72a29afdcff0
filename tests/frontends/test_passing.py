"""What each front end passes on, and what it does when there is nobody to pass it to: raw, without any adapter."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from deploy import frontends
from deploy.bundle import frontend
from tests.contract import client
from tests.contract.client import Request

from . import live, upstreams
from .upstreams import OK, Received

MOUNT = "/team/my.app"
EVERY = pytest.mark.parametrize("name", frontends.FRONTENDS)
FORGED = tuple((header, "evil.example") for header in frontend.FORGED)
GONE = {502, 503}


@EVERY
@pytest.mark.parametrize("mount", ["", MOUNT])
def test_http_is_passed_as_it_came(name: str, mount: str, folder: Path) -> None:
    paths = ("/", "/a%2Fb", "/a%2fb//c", "//a", "/%25/a+b;c=d", "/%ff%C3%A9", "/a?b=%2F&c=//+;%zz", "/a%0Ab", "/~a?")
    with upstreams.http(folder / "run" / "up.sock") as upstream, live.front(name, folder, mount=mount) as front:
        for path in paths:
            assert client.ask(front.port, Request(target=mount + path)).status == 200, path
        assert [request.line for request in upstream.received] == [f"GET {mount}{path} HTTP/1.1" for path in paths]


@EVERY
def test_http_says_who_asked(name: str, folder: Path) -> None:
    with upstreams.http(folder / "run" / "up.sock") as upstream, live.front(name, folder) as front:
        request = Request(headers=(*FORGED, ("SCRIPT_NAME", "/evil")), host="site.test:8080")
        assert client.ask(front.port, request, "127.0.0.2").status == 200
        (received,) = upstream.received
    told = {name: received.all(name) for name, _ in received.headers if name.startswith(("X-Forwarded-", "Host"))}
    told.pop("X-Forwarded-Server", None)  # Apache names itself
    assert told == {
        "Host": ["site.test:8080"], "X-Forwarded-Host": ["site.test:8080"],
        "X-Forwarded-For": ["127.0.0.2"], "X-Forwarded-Proto": ["http"],
    }  # fmt: skip
    assert "evil" not in str(received.headers)
    assert received.all("Connection") in (["close"], ["Close"])


@EVERY
def test_http_gets_bodies_with_their_length(name: str, folder: Path) -> None:
    body = bytes(range(256)) * 1000
    chunked = Request("POST", headers=(("Transfer-Encoding", "chunked"),), body=client.chunked(body))
    with upstreams.http(folder / "run" / "up.sock") as upstream, live.front(name, folder) as front:
        for request in (Request("POST", body=body), chunked):
            assert client.ask(front.port, request).status == 200
        assert [(request.body, request.all("Content-Length")) for request in upstream.received] == [
            (body, [str(len(body))])
        ] * 2


@EVERY
@pytest.mark.parametrize("mount", ["", MOUNT])
def test_fastcgi_is_told_the_mount(name: str, mount: str, folder: Path) -> None:
    """The split that a hand-run yourapplication.fcgi relies on, and the URI that the adapters go by."""
    paths = {"/": "/", "/a%2Fb": "/a/b", "/%25/a+b": "/%/a+b", "/%C3%A9?a=%2F&b": "/\xc3\xa9"}
    with upstreams.fastcgi(folder / "run" / "up.sock") as upstream:
        with live.front(name, folder, mount=mount, protocol="fastcgi") as front:
            for path in paths:
                assert client.ask(front.port, Request(target=mount + path), "127.0.0.2").status == 200, path
        for path, request in zip(paths, upstream.received, strict=True):
            wanted = {
                "SCRIPT_NAME": mount, "PATH_INFO": paths[path], "QUERY_STRING": path.partition("?")[2],
                "REQUEST_URI": mount + path, "REMOTE_ADDR": "127.0.0.2", "HTTP_HOST": "site.test",
            }  # fmt: skip
            assert {key: request.all(key) for key in wanted} == {key: [value] for key, value in wanted.items()}


@EVERY
def test_fastcgi_gets_bodies_and_authorization(name: str, folder: Path) -> None:
    body = b"a=1&" * 20000
    secret = ("Authorization", "Basic YTpi")
    chunked = Request("POST", headers=(secret, ("Transfer-Encoding", "chunked")), body=client.chunked(body))
    with upstreams.fastcgi(folder / "run" / "up.sock") as upstream:
        with live.front(name, folder, protocol="fastcgi") as front:
            for request in (Request("POST", headers=(secret,), body=body), chunked):
                assert client.ask(front.port, request).status == 200
        for received in upstream.received:
            assert (received.body, received.all("CONTENT_LENGTH")) == (body, [str(len(body))])
            assert received.all("HTTP_AUTHORIZATION") == ["Basic YTpi"]


@EVERY
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_is_sent_once(name: str, method: str, folder: Path) -> None:
    """An upstream that takes a request and leaves may have acted on it."""
    with upstreams.http(folder / "run" / "up.sock", lambda request: b"") as upstream, live.front(name, folder) as front:
        assert client.ask(front.port, Request(method, body=b"x" if method == "POST" else b"")).status >= 500
        assert len(upstream.received) == 1


@EVERY
@pytest.mark.parametrize("mount", ["", MOUNT])
@pytest.mark.parametrize("protocol", ["http", "fastcgi"])
def test_silence_beyond_the_time_out_is_504(name: str, protocol: str, mount: str, folder: Path) -> None:
    """And what breaks off is none: it stays a bad gateway's 502, or a 500 in lighttpd."""
    with live.front(name, folder, protocol=protocol, mount=mount, timeout=1) as front:
        with upstreams.silent(folder / "run" / "up.sock"):
            for method in ("GET", "HEAD", "POST"):
                request = Request(method, f"{mount}/", body=b"x" if method == "POST" else b"")
                assert client.ask(front.port, request).status == 504
        broken_off = upstreams.http(folder / "run" / "up.sock", lambda request: b"")
        if protocol == "http":
            with broken_off:
                for path in ("/", "/.silence-1"):
                    assert client.ask(front.port, Request(target=mount + path)).status in (403, 500, 502, 503)


@EVERY
def test_an_upstream_that_comes_back_is_used(name: str, folder: Path) -> None:
    """By nginx and Apache at once; each worker of lighttpd looks again once a second."""
    with live.front(name, folder) as front:

        def statuses() -> set[int]:
            return {client.ask(front.port, Request()).status for _ in range(10)}

        assert statuses() <= GONE
        with upstreams.http(folder / "run" / "up.sock"):
            deadline = time.monotonic() + (live.PATIENCE if name == "lighttpd" else 0)
            while (found := statuses()) != {200} and time.monotonic() < deadline:
                time.sleep(0.1)
            assert found == {200}


@EVERY
def test_a_large_response_header_arrives(name: str, folder: Path) -> None:
    cookies = "".join(f"Set-Cookie: c{number}={'x' * 3900}\r\n" for number in range(4))

    def answer(request: Received) -> bytes:
        return OK.replace(b"Connection", cookies.encode() + b"Connection")

    with upstreams.http(folder / "run" / "up.sock", answer), live.front(name, folder) as front:
        assert len(client.ask(front.port, Request()).all("Set-Cookie")) == 4


@EVERY
def test_a_server_says_no_more_than_its_name(name: str, folder: Path) -> None:
    with live.front(name, folder) as front:
        answer = client.ask(front.port, Request())
    assert answer.get("Server").lower() == name
    assert not any(str(number).encode() in answer.body for number in ("1.4.", "1.2", "2.4."))
