"""Static files: the same answers from all three front ends, and nothing beside them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import frontends
from tests.contract import client
from tests.contract.client import Request

from . import live

MOUNT = "/team/my.app"
TYPES = {
    "a.css": "text/css; charset=utf-8", "a.min.js": "text/javascript; charset=utf-8", "a": "application/octet-stream",
    "a.svg": "image/svg+xml; charset=utf-8", "A.PNG": "image/png", "a.json": "application/json",
    "a.woff2": "font/woff2",
    "a.tar.gz": "application/octet-stream", "sub/a.txt": "text/plain; charset=utf-8",
}  # fmt: skip
MISSING = (
    "", "sub", "sub/", "none.css", "a.css/", "a.css/x", ".env", ".git/config", "%2Eenv", "sub/.hidden.css",
    "..;/secret.txt", "sub/index.html/",
)  # fmt: skip
UNTYPED = (".env", ".git/config", "sub/.hidden.css", "sub/index.html", "../secret.txt", "../staticx/a.css")
BESIDE = ("../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", "../staticx/a.css", "sub/../../secret.txt")
LINKS = ("link.txt", "linked/hostname")


@pytest.fixture(params=frontends.FRONTENDS)
def front(request: pytest.FixtureRequest, folder: Path) -> Iterator[live.Front]:
    """A front end with static files and no upstream behind it."""
    static = folder / "static"
    for name in (*TYPES, *UNTYPED):
        path = static / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("content of a file")
        os.utime(path, (1_700_000_000, 1_700_000_000))
    (static / "link.txt").symlink_to("/etc/hostname")
    (static / "linked").symlink_to("/etc")
    with live.front(request.param, folder, static=str(static), mount=MOUNT) as running:
        yield running


def ask(front: live.Front, path: str, method: str = "GET", *headers: tuple[str, str]) -> client.Response:
    return client.ask(front.port, Request(method, f"{MOUNT}/static/{path}", headers))


def test_a_file(front: live.Front) -> None:
    for path, kind in TYPES.items():
        answer = ask(front, path)
        assert (answer.status, answer.body, answer.get("Content-Type")) == (200, b"content of a file", kind), path
        assert answer.get("Cache-Control") == "no-cache"
        assert answer.get("Last-Modified") == "Tue, 14 Nov 2023 22:13:20 GMT"
        head = ask(front, path, "HEAD")
        assert (head.status, head.get("Content-Length"), head.get("ETag")) == (200, "17", answer.get("ETag"))


def test_validators(front: live.Front) -> None:
    tag = ask(front, "a.css").get("ETag")
    assert tag.startswith('"')
    for known in (("If-None-Match", tag), ("If-Modified-Since", "Tue, 14 Nov 2023 22:13:20 GMT")):
        answer = ask(front, "a.css", "GET", known)
        assert (answer.status, answer.body, answer.get("ETag")) == (304, b"", tag)
        assert answer.get("Cache-Control") == "no-cache"
    assert ask(front, "a.css", "GET", ("If-None-Match", '"other"')).status == 200


def test_nothing_else(front: live.Front) -> None:
    assert {path: ask(front, path).status for path in MISSING} == dict.fromkeys(MISSING, 404)
    assert {path: ask(front, path).status for path in LINKS if ask(front, path).status not in (403, 404)} == {}
    for path in BESIDE:
        answer = ask(front, path)
        assert answer.status >= 400 and b"content of a file" not in answer.body, path


def test_other_methods(front: live.Front) -> None:
    length = ("Content-Length", "0")
    answers = {method: ask(front, "a.css", method, length) for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE")}
    assert {method: answer.status for method, answer in answers.items()} == dict.fromkeys(answers, 405)
    assert [answer.all("Location") for answer in answers.values()] == [[]] * 5
