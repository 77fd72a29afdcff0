"""Each error is a page in the site's style, which names the request as its header does and leads home."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from werkzeug.http import HTTP_STATUS_CODES

from .mishaps import ERRORS
from .site import PREFIX, Site


@pytest.mark.parametrize("base", [PREFIX], indirect=True, ids=["prefix"])
@pytest.mark.parametrize("status", ERRORS)
def test_an_error_is_a_page_of_the_site(status: int, visitor: Callable[..., Page], site: Site, base: str) -> None:
    page = visitor()
    response = ERRORS[status](page, site, base)
    assert response.status == status
    main = page.get_by_role("main")
    expect(main.locator(".code")).to_have_text(str(status))
    expect(main.get_by_role("heading", level=1)).to_have_text(HTTP_STATUS_CODES[status])
    expect(page).to_have_title(f"{HTTP_STATUS_CODES[status]} · Flaskr")
    expect(main.locator(".by")).to_have_text(f"Request {response.headers['x-request-id']}")
    home = main.get_by_role("link", name="To the entries")
    assert home.evaluate("link => link.href") == base + "/"
    assert home.evaluate("link => getComputedStyle(link).minHeight") == "44px", "the style sheet is there"
