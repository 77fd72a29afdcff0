"""Law 9: static files come from the front end, with the type, validators and cache headers of the application's own."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.http import http_date

from yourapplication import create_app

from .client import Request, Response
from .deployments import FILES as FILES_OF_EVERY_KIND
from .site import Site
from .targets import STANDALONE

LAW = "9"

STATIC = Path(__file__).parents[2] / "yourapplication" / "static"
FILES = sorted(path.name for path in STATIC.iterdir() if path.is_file())
OF_THE_MOMENT = ("date", "connection", "keep-alive", "x-request-id")
SAME = ("Content-Type", "Cache-Control", "Content-Length")
ELSEWHERE = (
    "/static/../__init__.py", "/static/%2e%2e/__init__.py", "/static/..%2f__init__.py", "/static/%2e%2e%2f__init__.py",
    "/static/..%5c__init__.py", "/static//../__init__.py", "/static/./../__init__.py", "/static../__init__.py",
    "/static/.hidden", "/static/.git/config", "/static/style.css%00.png", "/static//etc/passwd", "/static/missing.css",
    "/static/", "/static/style.css/x",
)  # fmt: skip


def own(name: str, **headers: str) -> dict[str, str]:
    """The headers that the Flask application gives a static file itself."""
    with create_app("testing").test_client() as flask, flask.get(f"/static/{name}", headers=headers) as response:
        assert response.status_code == 200
        return dict(response.headers)


def live(site: Site, name: str) -> Path:
    """The file as the live release has it."""
    return site.root / "current" / "yourapplication" / "static" / name


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_as_the_application_gives_it(real_site: Site, name: str) -> None:
    answer, expected = real_site.get(f"/static/{name}"), own(name)
    assert answer.body == (STATIC / name).read_bytes()
    assert {header: answer.get(header) for header in SAME} == {header: expected[header] for header in SAME}
    assert answer.get("Last-Modified") == http_date(live(real_site, name).stat().st_mtime)
    assert answer.get("ETag").startswith('"')
    assert answer.all("Set-Cookie") == []


def test_a_front_end_gives_it_without_the_application(real_site: Site) -> None:
    """The application signs everything that it answers with its release, to who has the token."""
    signed = real_site.named("/static/style.css").all("X-Release")
    assert signed == ([real_site.release] if real_site.target.frontend == STANDALONE else [])


def test_validators_are_honoured(real_site: Site) -> None:
    first = real_site.get("/static/style.css")
    for name, value in (("If-None-Match", first.get("ETag")), ("If-Modified-Since", first.get("Last-Modified"))):
        again = real_site.ask(Request(target="/static/style.css", headers=((name, value),)))
        assert (again.status, again.body, again.get("ETag")) == (304, b"", first.get("ETag")), name
        assert again.get("Cache-Control") == first.get("Cache-Control")
    for name, value in (("If-None-Match", '"other"'), ("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT")):
        again = real_site.ask(Request(target="/static/style.css", headers=((name, value),)))
        assert (again.status, again.body) == (200, first.body), name


def test_a_range_is_given(real_site: Site) -> None:
    whole = real_site.get("/static/style.css").body
    part = real_site.ask(Request(target="/static/style.css", headers=(("Range", "bytes=2-11"),)))
    assert (part.status, part.body, part.get("Content-Range")) == (206, whole[2:12], f"bytes 2-11/{len(whole)}")


def test_head_has_the_headers_of_get(real_site: Site) -> None:
    get, head = (real_site.ask(Request(method, "/static/style.css")) for method in ("GET", "HEAD"))
    assert comparable(head) == comparable(get)
    assert head.body == b""


def comparable(response: Response) -> list[tuple[str, str]]:
    return sorted(
        header
        for header in response.headers
        if header[0].lower() not in ("date", "connection", "keep-alive", "x-request-id")
    )


def test_a_query_changes_nothing(real_site: Site) -> None:
    assert real_site.get("/static/style.css?v=1").body == real_site.get("/static/style.css").body


def test_other_methods_are_refused(real_site: Site) -> None:
    for method in ("POST", "PUT", "DELETE"):
        answer = real_site.ask(Request(method, "/static/style.css", (("Content-Length", "0"),)))
        assert answer.status == 405, (method, answer)
    assert live(real_site, "style.css").read_bytes() == (STATIC / "style.css").read_bytes()


def test_files_of_every_kind_are_as_flask_gives_them(real_site: Site) -> None:
    flask = Flask(__name__, static_folder=str(live(real_site, "").resolve()))
    found = {}
    for name in FILES_OF_EVERY_KIND:
        answer = real_site.get(f"/static/{quote(name)}")
        with flask.test_client().get(f"/static/{quote(name)}") as own:
            expected = {header: own.headers.get(header, "") for header in (*SAME, "Content-Encoding")}
            if name.startswith("assets/") and real_site.target.frontend != STANDALONE:
                expected["Cache-Control"] = "max-age=31536000, immutable"
            given = {header: answer.get(header) for header in expected}
            if (answer.status, answer.body, given) != (own.status_code, own.data, expected):
                found[name] = answer
    assert found == {}


def test_what_is_no_file_is_the_applications(site: Site) -> None:
    """Exactly as the client wrote it, whatever the method."""
    targets = (
        "/static/vendor/lib.css",
        "/static/",
        "/static/assets",
        "/static/none%2Fx.css?a=%2F&b",
        "/static/%C3%BC//a",
    )
    posted = (Request(method, "/static/notes.md", body=b"x" * 1000) for method in ("POST", "PUT", "DELETE"))
    site.check(*(Request(target=target) for target in targets), *posted)


def test_nothing_else_is_given(real_site: Site) -> None:
    """No file beside the folder, no hidden one, no listing: not found, or the request itself is refused."""
    answers = {path: real_site.get(path) for path in ELSEWHERE}
    given = {path: answer for path, answer in answers.items() if answer.status not in (400, 404)}
    assert given == {}
