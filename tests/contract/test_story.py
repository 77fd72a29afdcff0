"""The real application on every target: a visitor reads, signs in, adds an entry and signs out."""

from __future__ import annotations

import uuid
from html import escape
from urllib.parse import quote

from . import client
from .browser import Browser
from .client import Request
from .deployments import PASSWORD, USER
from .site import Site

LAW = "story"


def test_sign_in_add_entry_sign_out(real_site: Site) -> None:
    mount, title = real_site.mount, f"Größe <{uuid.uuid4().hex}> & more"
    browser = Browser(real_site.port)
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

    assert browser.post(browser.address, title=title, body="first\nsecond").status == 200
    assert browser.address == f"http://127.0.0.1:{real_site.port}{mount}/"
    assert escape(title) in browser.page.partition("</article>")[0], "the newest entry is the first"
    assert browser.post(mount + "/sign-out").status == 200
    assert f'href="{mount}/sign-in"' in browser.page
    assert browser.visit("GET", mount + "/add").status == 303


def test_a_form_without_its_token_is_refused(real_site: Site) -> None:
    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    body = f"name={USER}&password={PASSWORD}".encode()
    answer = real_site.ask(Request("POST", "/sign-in", form, body))
    assert answer.status == 400


def test_health_names_the_release(real_site: Site) -> None:
    answer = real_site.get("/healthz")
    assert (answer.status, answer.get("X-Release")) == (200, real_site.release)
    assert real_site.release.encode() in answer.body
    assert f'"{real_site.target.adapter}"'.encode() in answer.body
    assert real_site.get("/readyz").status == 200


def test_a_page_that_is_not_there_is_a_404_of_the_application(real_site: Site) -> None:
    answer = real_site.get("/no-such-page")
    assert (answer.status, answer.get("X-Release")) == (404, real_site.release)
    assert f'href="{real_site.mount}/"'.encode() in answer.body


def test_static_links_are_below_the_mount(real_site: Site) -> None:
    page = real_site.get("/").body.decode()
    link = f"{real_site.mount}/static/style.css"
    assert f'href="{link}"' in page
    assert client.ask(real_site.port, Request(target=link)).status == 200
