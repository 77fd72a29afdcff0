"""The real application on every target: a visitor signs in, adds, edits, subscribes and signs out; a program writes."""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from html import escape
from typing import Any
from urllib.parse import quote, urlsplit

from . import client
from .browser import Browser
from .client import Request, Response
from .deployments import PASSWORD, USER
from .site import Site
from .targets import TARGETS

LAW = "story"
JSON = ("Content-Type", "application/json")


def address(site: Site) -> str:
    """A loopback address for each target: wrong passwords are counted by address."""
    return f"127.0.1.{TARGETS.index(site.target) + 1}"


def test_sign_in_add_edit_sign_out(real_site: Site) -> None:
    mount, title = real_site.mount, f"Größe <{uuid.uuid4().hex}> & more"
    browser = Browser(real_site.port, address(real_site))
    assert browser.get(mount + "/").status == 200
    assert f'href="{mount}/sign-in"' in browser.page
    assert escape(title) not in browser.page

    assert (
        browser.visit("GET", mount + "/add").get("Location").endswith(f"{mount}/sign-in?next={quote(mount, '/')}/add")
    )
    assert browser.get(f"{mount}/sign-in?next={mount}/add").status == 200
    assert {path for _, path in browser.cookies.values()} == {mount or "/"}
    assert browser.post(browser.address, name=USER, password="wrong").status == 400
    assert browser.post(browser.address, name=USER, password=PASSWORD).status == 200
    assert browser.address == f"http://127.0.0.1:{real_site.port}{mount}/add"

    assert browser.post(browser.address, title=title, body="first *second*").status == 200
    entry = re.fullmatch(rf"http://127\.0\.0\.1:{real_site.port}({re.escape(mount)}/entries/\d+)", browser.address)
    assert entry
    assert "first <em>second</em>" in browser.page
    assert f'href="{entry[1]}/edit"' in browser.page
    assert browser.get(f"{entry[1]}/edit").status == 200
    assert browser.post(f"{entry[1]}/edit", title=title, body="**third**").status == 200
    assert "<strong>third</strong>" in browser.page
    assert browser.get(mount + "/").status == 200
    assert escape(title) in browser.page.partition("</article>")[0], "the newest entry is the first"

    feed = browser.visit("GET", mount + "/feed.atom")
    assert (feed.status, feed.get("Content-Type")) == (200, "application/atom+xml; charset=utf-8")
    assert f'href="http://127.0.0.1:{real_site.port}{entry[1]}"' in browser.page
    assert browser.get(mount + "/").status == 200
    assert browser.post(mount + "/sign-out").status == 200
    assert f'href="{mount}/sign-in"' in browser.page
    assert browser.visit("GET", mount + "/add").status == 303


def test_the_api_is_written_with_a_name_and_a_password(real_site: Site) -> None:
    title, visitor = f"API {uuid.uuid4().hex}", address(real_site)
    credentials = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    body = json.dumps({"title": title, "body": "*written* by a program"}).encode()

    def write(*headers: tuple[str, str]) -> Response:
        return real_site.ask(Request("POST", "/api/entries", (*headers, JSON), body), visitor)

    refused = write()
    assert (refused.status, refused.get("Content-Type")) == (401, "application/problem+json")
    assert refused.get("WWW-Authenticate").startswith("Basic realm=")
    added = write(("Authorization", f"Basic {credentials}"))
    assert added.status == 201, added
    place = urlsplit(added.get("Location")).path.removeprefix(real_site.mount)
    found = real_site.get(place)
    assert (found.status, json.loads(found.body)["title"]) == (200, title)
    assert title in [entry["title"] for entry in json.loads(real_site.get("/api/entries").body)["entries"]]


def test_a_request_has_a_name_and_a_line(real_site: Site) -> None:
    """The name is the front end's or the application's own, never the client's, and so is the line in the log."""
    claimed = uuid.uuid4().hex
    claims = tuple((name, claimed) for name in ("X-Request-ID", "X_Request_ID", "X-Request_ID", "x_request-id"))
    answer = real_site.ask(Request(target="/no%22such%0Apage", headers=claims), "127.0.0.3")
    name = answer.get("X-Request-ID")
    assert name != claimed
    assert name in answer.body.decode()
    line = line_of(real_site, name)
    assert 0 < line.pop("duration") < 60
    assert line.pop("time")
    assert line == {
        "level": "info", "request_id": name, "method": "GET", "path": f'{real_site.mount}/no"such\npage', "status": 404,
        "client": "127.0.0.3", "adapter": real_site.target.adapter, "release": real_site.release,
    }  # fmt: skip


def line_of(site: Site, name: str) -> dict[str, Any]:
    """The request's line in the log, which is written when the response is over: the client may be quicker."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        text = (site.root / "shared" / "logs" / "application" / "requests.log").read_text(encoding="utf-8")
        found = [line for line in text.splitlines() if f'"{name}"' in line]
        if found:
            (only,) = found
            line: dict[str, Any] = json.loads(only)
            return line
        time.sleep(0.05)
    raise AssertionError(f"no line with {name}")


def test_a_form_without_its_token_is_refused(real_site: Site) -> None:
    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    body = f"name={USER}&password={PASSWORD}".encode()
    answer = real_site.ask(Request("POST", "/sign-in", form, body))
    assert answer.status == 400


def test_health_names_the_release(real_site: Site) -> None:
    """To who has the site's token: strangers need not know when there is a new one."""
    assert real_site.get("/healthz").all("X-Release") == []
    answer = real_site.named("/healthz")
    assert (answer.status, answer.get("X-Release")) == (200, real_site.release)
    assert real_site.release.encode() in answer.body
    assert f'"{real_site.target.adapter}"'.encode() in answer.body
    assert real_site.get("/readyz").status == 200


def test_a_page_that_is_not_there_is_a_404_of_the_application(real_site: Site) -> None:
    answer = real_site.named("/no-such-page")
    assert (answer.status, answer.get("X-Release")) == (404, real_site.release)
    assert f'href="{real_site.mount}/"'.encode() in answer.body


def test_static_links_are_below_the_mount_and_kept_for_ever(real_site: Site) -> None:
    page = real_site.get("/").body.decode()
    link = re.search(rf'href="({re.escape(real_site.mount)}/static/style\.[0-9a-f]{{12}}\.css)"', page)
    assert link
    answer = client.ask(real_site.port, Request(target=link[1]))
    assert (answer.status, answer.get("Content-Type")) == (200, "text/css; charset=utf-8")
    assert ", ".join(answer.all("Cache-Control")) == "max-age=31536000, immutable"  # RFC 9110 5.3: a list
    assert answer.body == real_site.get("/static/style.css").body
    other = real_site.get("/static/style.0123456789ab.css")
    assert other.status == 404
    assert "max-age" not in other.get("Cache-Control")
