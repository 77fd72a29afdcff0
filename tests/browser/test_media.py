"""What changes with the reader's system: light and dark, motion, paper, a narrow screen; and that axe would object."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from . import states
from .mishaps import unavailable
from .site import Site

BACKGROUND = "() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"


@pytest.mark.parametrize(("scheme", "bright"), [("light", True), ("dark", False)])
def test_the_page_is_as_bright_as_the_system(visitor, site: Site, scheme: str, bright: bool) -> None:
    page = visitor(color_scheme=scheme)
    unavailable(page, site, site.origin)
    assert {colour > 127 for colour in page.evaluate(BACKGROUND)} == {bright}


@pytest.mark.parametrize(("motion", "glides"), [("reduce", False), ("no-preference", True)])
def test_nothing_moves_for_those_who_do_not_want_it(visitor, site: Site, motion: str, glides: bool) -> None:
    page = visitor(reduced_motion=motion)
    states.sign_in_form(page, site, site.origin)
    button = page.get_by_role("button", name="Sign in")
    assert (button.evaluate("button => getComputedStyle(button).transitionDuration") != "0s") is glides


def test_on_paper_there_is_the_entry_alone(visitor: Callable[..., Page], site: Site) -> None:
    page = visitor()
    states.own_entry(page, site, site.origin)
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Edit")).to_be_hidden()
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()


def test_a_wide_table_is_scrolled_by_itself_and_with_the_keyboard(visitor: Callable[..., Page], site: Site) -> None:
    page = visitor(viewport={"width": 360, "height": 740})
    states.nasty_entry(page, site, site.origin)
    box = page.get_by_role("group", name="Table")
    box.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("box => box.scrollLeft > 0", arg=box.element_handle())


def test_axe_would_object(visitor: Callable[..., Page], site: Site) -> None:
    page = visitor()
    states.sign_in_form(page, site, site.origin)
    page.locator("label").first.evaluate("label => label.remove()")
    assert "label" in {each["id"] for each in Axe().run(page).response["violations"]}
