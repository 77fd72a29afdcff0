"""Every page: what axe says of it in the light and the dark, on a desk and on a phone; whether it fits, can be hit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests import covering

from .conftest import fresh
from .mishaps import ERRORS
from .states import PAGES

STATES = [*PAGES, *ERRORS.values()]
SIZES = {"desk": {"width": 1280, "height": 800}, "phone": {"width": 360, "height": 740}}
WIDTHS = (320, 360, 640)  # the first is 1280 at 400 %, as WCAG 1.4.10 wants it; the last at 200 %
FINGER = 44  # pixels, CSS
TARGETS = """finger => [...document.querySelectorAll("a, button, input:not([type=hidden]), textarea")]
    .filter(each => !each.closest(".text") && !each.matches(".skip"))
    .filter(each => each.getBoundingClientRect().height < finger).map(each => each.outerHTML)"""


@pytest.fixture(scope="module", params=STATES, ids=lambda come: come.__name__)
def page(request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Each page once, for all tests here."""
    with fresh(tmp_path_factory.mktemp("site")) as site:
        context = browser.new_context(reduced_motion="reduce")  # colours do not glide from one scheme to the other
        page = context.new_page()
        request.param(page, site, site.origin)
        yield page
        context.close()


class View(NamedTuple):
    """How a page is looked at."""

    scheme: Literal["light", "dark"]
    size: str

    def __str__(self) -> str:
        return "-".join(self)


VIEWS = [View(scheme, size) for scheme in ("light", "dark") for size in SIZES]


@pytest.mark.parametrize("view", covering.parameters("views", VIEWS))
def test_axe_has_no_objection(page: Page, view: View) -> None:
    page.set_viewport_size(SIZES[view.size])
    page.emulate_media(color_scheme=view.scheme)
    result = Axe().run(page).response
    assert len(result["passes"]) > 10, "it has looked"
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in result["violations"]] == []


def test_it_has_one_heading_a_title_and_landmarks(page: Page) -> None:
    expect(page).to_have_title(re.compile(r"\S.* · Flaskr"))
    for landmark in ("banner", "main", "contentinfo"):
        expect(page.get_by_role(landmark)).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


def test_it_fits_a_narrow_screen_and_can_be_hit_with_a_finger(page: Page) -> None:
    page.set_viewport_size(SIZES["phone"])
    assert page.evaluate(TARGETS, FINGER) == []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 400})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
