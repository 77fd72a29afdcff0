"""Who may change what, where the feed is, and that no script runs; the site logs into its own file only."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from .site import Site
from .states import filled, sign_in
from .test_story import listen


def test_the_browser_would_object_to_a_script(visitor: Callable[..., Page], site: Site) -> None:
    site.migrate()
    page = visitor()
    page.goto(site.origin + "/")
    said = listen(page)
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'document.title = 1'}))")
    assert ["Content Security Policy" in text for text in said] == [True]
    expect(page).to_have_title("Entries · Flaskr")


@pytest.mark.parametrize(("name", "may"), [("ada", True), ("ben", False), ("eve", True)])
def test_an_author_edits_what_is_theirs_and_an_admin_everything(visitor, site: Site, name: str, may: bool) -> None:
    page, number = visitor(), filled(site)
    sign_in(page, site.origin, name)
    page.goto(f"{site.origin}/entries/{number}")
    for action in ("Edit", "Delete"):
        expect(page.get_by_role("link", name=action)).to_have_count(int(may))


def test_the_feed_is_linked_for_readers_and_for_programs(visitor: Callable[..., Page], site: Site, base: str) -> None:
    filled(site)
    page = visitor()
    page.goto(base + "/")
    links = page.locator(f'[type="application/atom+xml"][href="{base.removeprefix(site.origin)}/feed.atom"]')
    expect(links).to_have_count(2)
    expect(links.last).to_be_visible()
    feed = page.request.get(base + "/feed.atom")
    assert feed.headers["content-type"].startswith("application/atom+xml")


def test_nothing_is_printed_when_a_browser_asks_for_an_icon(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    """It may do so between two tests, when the terminal is not captured."""
    with socket.create_connection(("127.0.0.1", urlsplit(site.origin).port)) as connection:
        connection.sendall(b"GET /static/icon.svg HTTP/1.0\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))  # it is logged before the connection is closed
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert capfd.readouterr() == ("", "")
    assert "/static/icon.svg" in Path(site.app.config["LOG_FILE"]).read_text()
