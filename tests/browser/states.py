"""How to come to each page that the site has: functions that lead a browser's page there, below an address."""

from __future__ import annotations

from playwright.sync_api import Page, Response

from .content import EVERYTHING, NASTY, WORD
from .site import PASSWORD, Site


def sign_in(page: Page, base: str, name: str = "ada", password: str = PASSWORD) -> Response:
    """Through the form."""
    page.goto(base + "/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    return press(page, "Sign in")


def press(page: Page, button: str) -> Response:
    """The page that comes of a button."""
    with page.expect_navigation() as navigation:
        page.get_by_role("button", name=button, exact=True).click()
    return navigation.value


def filled(site: Site) -> int:
    """Migrate and write some pages of entries, the newest of them with everything; its number."""
    site.migrate()
    for minutes in range(20):
        site.write(f"Note {minutes} on setting type", "As long as the eye can follow it back.", "ben", minutes)
    site.write(WORD, NASTY, "eve", 30)
    return site.write("On the measure of a line", EVERYTHING, "ada", 31)


def empty_list(page: Page, site: Site, base: str) -> Response:
    site.migrate()
    return page.goto(base + "/")


def first_list(page: Page, site: Site, base: str) -> Response:
    filled(site)
    return page.goto(base + "/")


def last_list(page: Page, site: Site, base: str) -> Response:
    first_list(page, site, base)
    with page.expect_navigation() as navigation:
        page.get_by_role("link", name="Older", exact=True).click()
    return navigation.value


def found(page: Page, site: Site, base: str) -> Response:
    filled(site)
    return page.goto(base + "/?q=Measure+line")


def not_found(page: Page, site: Site, base: str) -> Response:
    filled(site)
    return page.goto(base + "/?q=nowhere+to+be+found")


def entry(page: Page, site: Site, base: str) -> Response:
    number = filled(site)
    return page.goto(f"{base}/entries/{number}")


def nasty_entry(page: Page, site: Site, base: str) -> Response:
    number = filled(site)
    return page.goto(f"{base}/entries/{number - 1}")


def own_entry(page: Page, site: Site, base: str) -> Response:
    number = filled(site)
    sign_in(page, base)
    return page.goto(f"{base}/entries/{number}")


def sign_in_form(page: Page, site: Site, base: str) -> Response:
    site.migrate()
    return page.goto(base + "/add")  # with the message that it needs somebody signed in


def sign_in_blank(page: Page, site: Site, base: str) -> Response:
    site.migrate()
    return sign_in(page, base, "", "")


def sign_in_wrong(page: Page, site: Site, base: str) -> Response:
    site.migrate()
    return sign_in(page, base, "ada", "wrong")


def add_form(page: Page, site: Site, base: str) -> Response:
    site.migrate()
    sign_in(page, base)
    return page.goto(base + "/add")


def add_blank(page: Page, site: Site, base: str) -> Response:
    add_form(page, site, base)
    return press(page, "Publish")


def edit_form(page: Page, site: Site, base: str) -> Response:
    number = filled(site)
    sign_in(page, base, "eve")
    return page.goto(f"{base}/entries/{number - 1}/edit")


def delete_form(page: Page, site: Site, base: str) -> Response:
    number = filled(site)
    sign_in(page, base, "eve")
    return page.goto(f"{base}/entries/{number - 1}/delete")


PAGES = (empty_list, first_list, last_list, found, not_found, entry, nasty_entry, own_entry, sign_in_form,
         sign_in_blank, sign_in_wrong, add_form, add_blank, edit_form, delete_form)  # fmt: skip
