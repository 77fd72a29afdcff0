"""A browser for each module of tests, a site and a page of the browser for each test."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from .site import PREFIX, Site, served

CHROMIUM = "/usr/bin/chromium"  # Debian's


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; its driver has an event loop in this thread, which other modules' tests must not find running."""
    with sync_playwright() as playwright:
        alone = ["--no-sandbox"] if os.geteuid() == 0 else []  # root has no sandbox
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=alone)
        yield browser
        browser.close()


@contextlib.contextmanager
def fresh(folder: Path) -> Iterator[Site]:
    """A site without databases, whatever the shell that runs the tests happens to set."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("FLASK_") or name == "APPLICATION_CONFIG"]:
            patch.delenv(name)
        with served(folder) as site:
            yield site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site for one test."""
    with fresh(tmp_path) as site:
        yield site


@pytest.fixture(params=["", PREFIX], ids=["root", "prefix"])
def base(request: pytest.FixtureRequest, site: Site) -> str:
    """The site's address, once at / and once below a prefix."""
    return site.origin + request.param


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Callable[..., Page]]:
    """visitor(option=...) is a page in a browser context of its own, with Playwright's options."""
    contexts: list[BrowserContext] = []

    def come(**options: object) -> Page:
        contexts.append(browser.new_context(**options))
        return contexts[-1].new_page()

    yield come
    for context in contexts:
        context.close()
