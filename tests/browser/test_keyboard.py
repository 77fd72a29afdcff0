"""Signing in and adding an entry with nothing but a keyboard, and seeing all the time where one is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .site import PASSWORD, PREFIX, Site

# Whether what has the focus has a ring, is within the window, and is not covered by something else.
VISIBLE = """() => {
    const it = document.activeElement, style = getComputedStyle(it), box = it.getBoundingClientRect();
    const above = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return it.matches(":focus-visible") && style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2
        && box.x >= 0 && box.y >= 0 && box.right <= innerWidth && box.bottom <= innerHeight
        && (it === above || it.contains(above));
}"""
NAME = """() => (document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()"""
LONGEST = 30  # steps


def tab_to(page: Page, name: str) -> list[str]:
    """Press Tab until what has that name has the focus, and see each step; the names on the way."""
    passed: list[str] = []
    while name not in passed:
        assert len(passed) < LONGEST, passed
        page.keyboard.press("Tab")
        passed.append(page.evaluate(NAME))
        assert page.evaluate(VISIBLE), passed
    return passed


@pytest.mark.parametrize(
    ("base", "scheme"), [("", "light"), (PREFIX, "dark")], indirect=["base"], ids=["root", "prefix"]
)
def test_signing_in_and_adding(visitor: Callable[..., Page], site: Site, base: str, scheme: str) -> None:
    site.migrate()
    page = visitor(color_scheme=scheme)
    page.goto(base + "/")
    assert tab_to(page, "Sign in") == ["Skip to the content", "Flaskr", "Sign in"]
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name")).to_be_focused()
    assert page.evaluate(VISIBLE)
    page.keyboard.type("ada")
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Welcome, ada.")

    assert tab_to(page, "New entry") == ["Skip to the content", "Flaskr", "New entry"]
    page.keyboard.press("Enter")
    expect(page.get_by_label("Title")).to_be_focused()
    page.keyboard.type("Typed")
    tab_to(page, "Text")
    page.keyboard.type("with *nothing* else")
    tab_to(page, "Publish")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Typed")
    tab_to(page, "Delete")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete “Typed”?")
    tab_to(page, "Delete it")
    page.keyboard.press("Space")
    expect(page.get_by_role("status")).to_have_text("“Typed” is deleted.")
    tab_to(page, "Sign out")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("You are signed out.")


def test_the_first_link_skips_to_the_content(visitor: Callable[..., Page], site: Site) -> None:
    site.migrate()
    page = visitor()
    page.goto(site.origin + "/")
    tab_to(page, "Skip to the content")
    page.keyboard.press("Enter")
    assert tab_to(page, "Words to search for") == ["Words to search for"]
