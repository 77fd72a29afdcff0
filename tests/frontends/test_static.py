"""Static files: the answers that Flask would give from all three front ends, and all else from the application."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask

from deploy import frontends
from deploy.bundle import frontend
from deploy.commands.samples import COMMON
from deploy.site import assets
from tests.contract import client
from tests.contract.client import Request

from . import live, upstreams
from .upstreams import OK, Received, Upstream

MOUNT = "/team/my.app"
CONTENT = b"content of a file"
FILES = (
    "a.css", "a.min.js", "a", "a.svg", "A.PNG", "a.json", "a.woff2", "sub/a.txt", "PHOTO.JPG", "font.TTF", "a b.txt",
    "a%20b.txt", "x#y.txt", "plus+sign.css", "\u00dcbersicht 2024.pdf", "app.js.map", "archive.tar.gz", "a.css.gz",
    "a.unknown.gz", "drawing.svgz", "d.tar", "data.csv", "calendar.ics", "notes.md", "video.webm", "index.html.de",
    "page.html.bak", "script.cgi", "x.php", "a.shtml", "a.html", "assets/logo.unknown", "a.css.map", "css", "a.", "-",
)  # fmt: skip
HASHED = ("a.0123456789ab.css", "assets/index-BX2k3f9Q.js", "assets/index-DfRzpWqa.css", "assets/index-BX2k3f9Q.js.map")
HIDDEN = (".env", ".git/config", "sub/.hidden.css")
BESIDE = ("../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", "../staticx/a.css", "sub/../../secret.txt")
ELSEWHERE = (
    "", "sub", "sub/", "none.css", "none.0123456789ab.css", "a.css/", "a.css/x", "sub/index.html/", "lib/b.css?a=%2F",
    "%6Eone.css", "a%2Fb%252F//c+d;e", "%C3%BC%ff.css?", "none.php", ".env", ".git/config", "%2Eenv", "sub/.hidden.css",
)  # fmt: skip
HEADERS = {"X-Content-Type-Options": "nosniff", "X-Percent": "100% 'self'; x", "X-Both": "any", "X-None": ""}
EVERY = pytest.mark.parametrize("name", frontends.FRONTENDS)
Served = tuple[live.Front, Upstream, Flask]


def application(request: Received) -> bytes:
    """An answer with headers of its own."""
    return OK.replace(b"Connection", b"X-Content-Type-Options: own\r\nCache-Control: max-age=7\r\nConnection")


@pytest.fixture(params=frontends.FRONTENDS)
def served(request: pytest.FixtureRequest, folder: Path) -> Iterator[Served]:
    """A front end with static files, what stands behind it, and a Flask application with the same files."""
    static = folder / "static"
    for name in (*FILES, *HASHED, *HIDDEN, "sub/index.html", "../secret.txt", "../staticx/a.css"):
        path = static / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CONTENT)
        os.utime(path, (1_700_000_000, 1_700_000_000))
    (static / "link.txt").symlink_to("/etc/hostname")
    (static / "linked").symlink_to("/etc")
    values = assets.survey(static)._asdict() | {
        "static_headers": {"Access-Control-Allow-Origin": "*", "x-both": "file"}
    }
    with (
        upstreams.http(folder / "run" / "up.sock", application) as upstream,
        live.front(request.param, folder, static=str(static), mount=MOUNT, headers=HEADERS, **values) as running,
    ):
        yield running, upstream, Flask(__name__, static_folder=str(static))


def ask(front: live.Front, path: str, method: str = "GET", *headers: tuple[str, str]) -> client.Response:
    return client.ask(front.port, Request(method, f"{MOUNT}/static/{path}", headers))


def test_a_file_is_what_flask_says(served: Served) -> None:
    front, _, flask = served
    found = {}
    for name in FILES:
        answer = ask(front, quote(name))
        with flask.test_client().get(f"/static/{quote(name)}") as own:
            names = ("Content-Type", "Content-Encoding", "Cache-Control", "Content-Length", "Last-Modified")
            expected = (200, CONTENT, [own.headers.get(header, "") for header in names])
        assert own.status_code == 200
        if (given := (answer.status, answer.body, [answer.get(header) for header in names])) != expected:
            found[name] = given, expected
        assert answer.all("Content-Language") == []
        head = ask(front, quote(name), "HEAD")
        assert (head.status, head.get("Content-Length"), head.get("ETag")) == (200, "17", answer.get("ETag"))
    assert found == {}


def test_headers_of_a_file(served: Served) -> None:
    front, *_ = served
    expected = HEADERS | {"Access-Control-Allow-Origin": "*", "X-Both": "file"}
    for path in ("a.css", "a", "archive.tar.gz", HASHED[0]):
        answer = ask(front, path)
        assert {header: answer.all(header) for header in expected} == {
            name: [text] if text else [] for name, text in expected.items()
        }


def test_a_name_with_a_hash_is_kept_for_ever(served: Served) -> None:
    front, *_ = served
    for name in HASHED:
        answer = ask(front, name)
        assert (answer.status, answer.all("Cache-Control")) == (200, ["max-age=31536000, immutable"]), name
        assert len(answer.all("Content-Type")) == 1


def test_validators(served: Served) -> None:
    front, *_ = served
    tag = ask(front, "a.css").get("ETag")
    assert tag.startswith('"')
    for known in (("If-None-Match", tag), ("If-Modified-Since", "Tue, 14 Nov 2023 22:13:20 GMT")):
        answer = ask(front, "a.css", "GET", known)
        assert (answer.status, answer.body, answer.get("ETag")) == (304, b"", tag)
        assert answer.get("Cache-Control") == "no-cache"
    assert ask(front, "a.css", "GET", ("If-None-Match", '"other"')).status == 200


def test_all_else_is_the_applications(served: Served) -> None:
    """As the client wrote it, and answered with nothing but the application's own headers."""
    front, upstream, _ = served
    for path in ELSEWHERE:
        answer = ask(front, path)
        assert (answer.status, answer.body) == (200, b"ok"), path
        assert (answer.all("Cache-Control"), answer.all("Access-Control-Allow-Origin")) == (["max-age=7"], []), path
        assert answer.all("X-Content-Type-Options") == ["own"]
    assert [request.line for request in upstream.received] == [
        f"GET {MOUNT}/static/{path} HTTP/1.1" for path in ELSEWHERE
    ]
    assert {request.headers[0] for request in upstream.received} == {("Host", "site.test")}


def test_nothing_beside_the_folder(served: Served) -> None:
    front, *_ = served
    for path in (*BESIDE, "link.txt", "linked/hostname"):
        answer = ask(front, path)
        assert answer.body in (b"ok", b"") or (answer.status >= 400 and CONTENT not in answer.body), path


def test_other_methods_are_the_applications(served: Served) -> None:
    front, upstream, _ = served
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"):
        answer = client.ask(front.port, Request(method, f"{MOUNT}/static/a.css", body=b"x" * 100_000))
        assert (answer.status, answer.body) == (200, b"ok"), method
        assert (upstream.received[-1].line.split()[0], len(upstream.received[-1].body)) == (method, 100_000)


@EVERY
def test_who_asks_for_what_is_no_file_cannot_forge(name: str, folder: Path) -> None:
    (folder / "static").mkdir()
    forged = tuple((header, "evil.example") for header in (*frontend.FORGED, "X-Forwarded-Static"))
    with (
        upstreams.http(folder / "run" / "up.sock") as upstream,
        live.front(name, folder, static=str(folder / "static")) as front,
    ):
        assert client.ask(front.port, Request(target="/static/none", headers=forged), "127.0.0.2").status == 200
        (received,) = upstream.received
    assert (received.all("X-Forwarded-For"), received.all("X-Forwarded-Host")) == (["127.0.0.2"], ["site.test"])
    assert "evil" not in str([each for each in received.headers if each[0] != "X-Forwarded-Static"])


@EVERY
def test_over_fastcgi_too(name: str, folder: Path) -> None:
    (folder / "static").mkdir()
    (folder / "static" / "a.css").write_bytes(CONTENT)
    with (
        upstreams.fastcgi(folder / "run" / "up.sock") as upstream,
        live.front(name, folder, static=str(folder / "static"), mount=MOUNT, protocol="fastcgi") as front,
    ):
        assert ask(front, "a.css").body == CONTENT
        for path in ("none%2Fx?a=%2F", "%C3%A9//b"):
            assert ask(front, path).status == 200
        assert [request.all("REQUEST_URI") for request in upstream.received] == [
            [f"{MOUNT}/static/none%2Fx?a=%2F"], [f"{MOUNT}/static/%C3%A9//b"]
        ]  # fmt: skip
        assert [request.all("SCRIPT_NAME") for request in upstream.received] == [[MOUNT], [MOUNT]]


def test_the_samples_types_are_pythons() -> None:
    for kind, extensions in COMMON["types"].items():  # type: ignore[attr-defined]
        assert all("/" in kind and extension.isalnum() for extension in extensions.split())
