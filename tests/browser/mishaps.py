"""How to come to each error page, by what really goes wrong."""

from __future__ import annotations

from playwright.sync_api import Page, Response

from yourapplication.audit.throttle import PLACE
from yourapplication.configuration import FORM_LIMIT

from .content import WORD
from .site import Site
from .states import add_form, press, sign_in


def bad_request(page: Page, site: Site, base: str) -> Response:
    site.migrate()
    return page.goto(f"{base}/?before={WORD}")


def forbidden(page: Page, site: Site, base: str) -> Response:
    site.migrate()
    number = site.write("Somebody else's", "x", "ben")
    sign_in(page, base)
    return page.goto(f"{base}/entries/{number}/edit")


def not_there(page: Page, site: Site, base: str) -> Response:
    site.migrate()
    return page.goto(base + "/nothing-here")


def wrong_method(page: Page, site: Site, base: str) -> Response:
    site.migrate()
    return page.goto(base + "/sign-out")


def too_large(page: Page, site: Site, base: str) -> Response:
    add_form(page, site, base)
    page.get_by_label("Title").fill("Too large")
    page.get_by_label("Text").evaluate(f"field => field.value = 'x'.repeat({FORM_LIMIT})")  # past its maxlength
    return press(page, "Publish")


def too_many(page: Page, site: Site, base: str) -> Response:
    site.migrate()
    for _ in range(PLACE.limit):
        sign_in(page, base, "ada", "wrong")
    return sign_in(page, base)


def broken(page: Page, site: Site, base: str) -> Response:
    site.migrate()
    site.run("ALTER TABLE entry RENAME TO thing")
    return page.goto(base + "/")


def unavailable(page: Page, site: Site, base: str) -> Response:
    return page.goto(base + "/")


ERRORS = {400: bad_request, 403: forbidden, 404: not_there, 405: wrong_method, 413: too_large, 429: too_many,
          500: broken, 503: unavailable}  # fmt: skip
