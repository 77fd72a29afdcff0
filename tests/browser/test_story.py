"""The whole story, from reading to signing out: at the root with scripts, and below a prefix without."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from .content import EVERYTHING
from .site import PASSWORD, PREFIX, Site
from .states import filled, press

FAULTY = "Failed to load resource: the server responded with a status of 400 (BAD REQUEST)"  # a form that came back


@pytest.mark.parametrize(
    ("base", "javascript"), [("", True), (PREFIX, False)], indirect=["base"], ids=["root", "prefix"]
)
def test_the_whole_story(visitor: Callable[..., Page], site: Site, base: str, javascript: bool) -> None:
    filled(site)
    page = visitor(java_script_enabled=javascript)
    said = listen(page)
    page.goto(base + "/")
    reads(page)
    searches(page)
    signs_in(page, base)
    adds(page, base)
    edits(page)
    deletes(page, base)
    signs_out(page, base)
    assert [text for text in said if text != FAULTY] == []


def listen(page: Page) -> list[str]:
    """What the browser objects to from now on: errors, warnings, breaches of the content security policy."""
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            said.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("requestfailed", lambda request: said.append(request.url))
    return said


def reads(page: Page) -> None:
    expect(page.get_by_role("heading", level=2).first).to_have_text("On the measure of a line")
    pages = page.get_by_role("navigation", name="Pages")
    pages.get_by_role("link", name="Older", exact=True).click()
    expect(page.get_by_role("heading", level=2)).to_have_text(["Note 1 on setting type", "Note 0 on setting type"])
    pages.get_by_role("link", name="Newer", exact=True).click()
    pages.get_by_role("link", name="Oldest").click()
    expect(page.get_by_role("heading", level=2).last).to_have_text("Note 0 on setting type")
    pages.get_by_role("link", name="Newest").click()
    page.get_by_role("link", name="On the measure of a line").click()
    expect(page).to_have_title("On the measure of a line · Flaskr")
    expect(page.get_by_role("link", name="Edit")).to_have_count(0)
    page.get_by_role("link", name="All entries").click()


def searches(page: Page) -> None:
    page.get_by_role("searchbox", name="Words to search for").fill("MEASURE eye")
    press(page, "Search")
    expect(page.get_by_text("No entry has all of these words.")).to_be_visible()
    page.get_by_role("searchbox").fill("MEASURE line")
    press(page, "Search")
    expect(page.get_by_role("heading", level=2)).to_have_text(["On the measure of a line"])
    expect(page.get_by_role("searchbox")).to_have_value("MEASURE line")


def signs_in(page: Page, base: str) -> None:
    page.goto(base + "/add")
    expect(page.get_by_role("status")).to_have_text("Please sign in first.")
    expect(page.get_by_role("link", name="Sign in")).to_have_attribute("aria-current", "page")
    name, password = page.get_by_label("Name"), page.get_by_label("Password")
    expect(name).to_be_focused()
    name.fill("ada")
    password.fill("wrong")
    assert press(page, "Sign in").status == 400
    expect(page.get_by_role("alert")).to_have_text("The name or the password is not right.")
    expect(name).to_have_value("ada")
    expect(password).to_have_value("")
    expect(password).to_be_focused()
    password.fill(PASSWORD)
    press(page, "Sign in")
    expect(page).to_have_url(base + "/add")
    expect(page.get_by_role("status")).to_have_text("Welcome, ada.")


def adds(page: Page, base: str) -> None:
    title, text = page.get_by_label("Title"), page.get_by_label("Text")
    text.fill("kept")
    assert press(page, "Publish").status == 400
    expect(page).to_have_title("Error: New entry · Flaskr")
    expect(title).to_be_focused()
    expect(title).to_have_accessible_description("Give it a title.")
    expect(title).to_have_attribute("aria-invalid", "true")
    expect(text).to_have_accessible_description(re.compile("Markdown"))
    expect(text).to_have_value("kept")
    text.focus()
    page.get_by_role("alert").get_by_role("link", name="Title: Give it a title.").click()
    expect(title).to_be_focused()
    title.fill("A story & <more>")
    text.fill(EVERYTHING)
    press(page, "Publish")
    expect(page).to_have_url(re.compile(rf"{re.escape(base)}/entries/\d+"))
    expect(page.get_by_role("status")).to_have_text("Your entry is published.")
    expect(page.get_by_role("heading", level=1)).to_have_text("A story & <more>")
    expect(page.get_by_role("heading", level=2)).to_have_text(["On lists", "On code", "On tables"])
    expect(page.get_by_role("cell", name="Hermann Zapf")).to_be_visible()
    expect(page.get_by_role("blockquote")).to_contain_text("It is there to be read.")
    expect(page.locator("pre")).to_contain_text("return len(line.rstrip())")
    expect(page.locator("time")).to_have_attribute("datetime", re.compile(r"\d{4}-\d\d-\d\dT[\d:]{8}Z"))


def edits(page: Page) -> None:
    page.get_by_role("link", name="Edit").click()
    expect(page).to_have_title("Edit A story & <more> · Flaskr")
    page.get_by_role("link", name="Leave it as it is").click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Title").fill("Another story")
    press(page, "Publish the changes")
    expect(page.get_by_role("status")).to_have_text("Your changes are published.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Another story")


def deletes(page: Page, base: str) -> None:
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete “Another story”?")
    page.get_by_role("link", name="Keep it").click()
    page.get_by_role("link", name="Delete").click()
    press(page, "Delete it")
    expect(page).to_have_url(base + "/")
    expect(page.get_by_role("status")).to_have_text("“Another story” is deleted.")
    expect(page.get_by_role("heading", level=2, name="Another story")).to_have_count(0)


def signs_out(page: Page, base: str) -> None:
    press(page, "Sign out")
    expect(page).to_have_url(base + "/")
    expect(page.get_by_role("status")).to_have_text("You are signed out.")
    expect(page.get_by_role("link", name="New entry")).to_have_count(0)
