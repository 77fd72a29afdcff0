"""Reading, signing in, adding an entry, signing out: what a visitor sees, at the root and below a prefix."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from sqlalchemy import delete

from yourapplication import hooks
from yourapplication.auth import models
from yourapplication.blog.models import Entry
from yourapplication.data.database import db

from .conftest import PASSWORD, sign_in, submit, token


def test_an_empty_site_says_how_the_first_account_is_made_until_there_is_one(app, client):
    hint = "<code>flask user add NAME --role admin</code>"
    with app.app_context():
        assert hint not in client.get("/").text
        db.session.execute(delete(models.User))
        db.session.commit()
    assert hint in client.get("/").text
    assert hint not in client.get("/?q=x").text
    hooks.of(app).authenticators.append(lambda name, password: None)
    assert hint not in client.get("/").text, "a directory may know people"


def test_the_whole_story(client):
    assert "Nothing has been written yet." in client.get("/").text
    response = sign_in(client)
    assert (response.status_code, response.location) == (303, "/")
    page = client.get("/").text
    assert "Welcome, ada." in page
    assert "Welcome, ada." not in client.get("/").text
    for number, title in ((1, "First"), (2, "Second & <last>")):
        response = submit(client, "/add", title=title, body="Some\r\n<b>text</b> and *more*")
        assert (response.status_code, response.location) == (303, f"/entries/{number}")
    page = client.get("/entries/2").text
    assert "<h1>Second &amp; &lt;last&gt;</h1>" in page
    assert "&lt;b&gt;text&lt;/b&gt; and <em>more</em>" in page
    page = client.get("/").text
    assert page.index("Second &amp; &lt;last&gt;") < page.index("First")
    response = submit(client, "/entries/1/edit", title="Third", body="changed")
    assert (response.status_code, response.location) == (303, "/entries/1")
    assert "<h1>Third</h1>" in client.get("/entries/1").text
    response = submit(client, "/entries/2/delete")
    assert (response.status_code, response.location) == (303, "/")
    assert "“Second &amp; &lt;last&gt;” is deleted." in client.get("/").text
    assert client.get("/entries/2").status_code == 404
    response = submit(client, "/sign-out", form="/")
    assert (response.status_code, response.location) == (303, "/")
    page = client.get("/").text
    assert "You are signed out." in page
    assert "Third" in page
    assert "Sign out" not in page
    assert client.get("/add").location == "/sign-in?next=/add"


def test_entries_come_newest_first_whatever_their_numbers(app, client):
    with app.app_context():
        author = models.find("ada")
        for day, title in ((2, "middle"), (3, "newest"), (1, "oldest")):
            db.session.add(Entry(title=title, body="-", created=datetime(2020, 1, day), author=author))
        db.session.commit()
    page = client.get("/").text
    assert page.index("newest") < page.index("middle") < page.index("oldest")
    assert 'datetime="2020-01-03T' in page


def test_adding_needs_somebody_signed_in(client, app):
    response = client.post("/add", data={"csrf_token": token(client.get("/sign-in").text), "title": "x", "body": "x"})
    assert (response.status_code, response.location) == (303, "/sign-in?next=/add")
    with app.app_context():
        assert db.session.query(Entry).count() == 0


def test_a_deleted_user_is_signed_out(client, app):
    sign_in(client)
    with app.app_context():
        db.session.delete(models.find("ada"))
        db.session.commit()
    assert "Sign in" in client.get("/").text


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        pytest.param({"title": "", "body": "x"}, "Give it a title.", id="no-title"),
        pytest.param({"title": "x", "body": " \r\n "}, "Write something.", id="blank-body"),
        pytest.param({"title": "x" * 201, "body": "x"}, "cannot be longer than 200 characters", id="long-title"),
        pytest.param({"title": "x", "body": "x" * 100_001}, "cannot be longer than 100000 characters", id="long-body"),
    ],
)
def test_an_incomplete_entry_comes_back_with_the_reason(client, fields, fault):
    sign_in(client)
    response = submit(client, "/add", **fields)
    assert response.status_code == 400
    assert fault in response.text
    assert 'aria-invalid="true"' in response.text
    assert "Nothing has been written yet." in client.get("/").text


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(client):
    pages = []
    for name, password in (("ada", "wrong password"), ("eve", PASSWORD)):
        response = sign_in(client, name=name, password=password)
        assert response.status_code == 400
        assert "The name or the password is not right." in response.text
        pages.append(response.text.replace(name, "NAME").replace(token(response.text), "TOKEN"))
    assert pages[0] == pages[1]
    assert "Sign out" not in client.get("/").text


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example", "/\t/evil.example/",
     "evil.example", "javascript:alert(1)", "/x\r\nSet-Cookie: a=b", "/a\\b", "", " /"],
)  # fmt: skip
def test_after_signing_in_nobody_is_sent_elsewhere(client, wanted):
    page = client.get("/sign-in", query_string={"next": wanted}).text
    fields = {"csrf_token": token(page), "name": "ada", "password": PASSWORD}
    assert client.post("/sign-in", query_string={"next": wanted}, data=fields).location == "/"


@pytest.mark.parametrize("wanted", ["/add", "/add?a=b%20c&d=%2F", "/"])
def test_after_signing_in_one_is_where_one_wanted_to_be(client, wanted):
    fields = {"csrf_token": token(client.get("/sign-in").text), "name": "ada", "password": PASSWORD}
    assert client.post("/sign-in", query_string={"next": wanted}, data=fields).location == wanted


@pytest.mark.parametrize("mount", ["", "/app", "/a/b"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_links_redirects_and_cookies_follow_the_mount_and_the_scheme(app, mount, scheme):
    client = app.test_client()
    base = f"{scheme}://example.test{mount}"

    def send(method, path, **fields):
        headers = {"Referer": base + path} if scheme == "https" else {}
        return client.open(path, method=method, base_url=base, data=fields or None, headers=headers)

    response = send("GET", "/add")
    assert response.location == f"{mount}/sign-in?next={mount}/add"
    cookie = response.headers["Set-Cookie"].partition(";")[2].split("; ")
    secure = {" Secure"} if scheme == "https" else set()
    expected = {"HttpOnly", "SameSite=Lax", f"Path={mount or '/'}"} | {name.strip() for name in secure}
    assert {part.strip() for part in cookie} == expected
    page = send("GET", "/sign-in").text
    assert re.search(rf'href="{mount}/static/style\.[0-9a-f.]*css"', page)
    response = client.post(f"/sign-in?next={mount}/add", base_url=base, headers={"Referer": base + "/sign-in"},
                           data={"csrf_token": token(page), "name": "ada", "password": PASSWORD})  # fmt: skip
    assert response.location == f"{mount}/add"
    page = send("GET", "/add").text
    assert f'action="{mount}/sign-out"' in page
    assert send("POST", "/sign-out", csrf_token=token(page)).location == f"{mount}/"


def test_next_stays_below_the_mount(app):
    client = app.test_client()
    base = "http://example.test/app"
    fields = {"csrf_token": token(client.get("/sign-in", base_url=base).text), "name": "ada", "password": PASSWORD}
    assert client.post("/sign-in?next=/apple/x", base_url=base, data=fields).location == "/app/"


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/add"])
@pytest.mark.parametrize("fields", [{}, {"csrf_token": "forged"}], ids=["missing", "forged"])
def test_every_form_is_protected_from_other_sites(client, path, fields):
    sign_in(client)
    client.get("/add")  # which puts this session's own token into the session
    response = client.post(path, data={"name": "ada", "password": PASSWORD, "title": "x", "body": "x", **fields})
    assert response.status_code == 400
    assert "CSRF token" in response.text
    assert "Nothing has been written yet." in client.get("/").text
    assert "Sign out" in client.get("/").text


def test_signing_in_begins_a_new_session(client):
    before = token(client.get("/sign-in").text)
    sign_in(client)
    client.get("/add")
    assert client.post("/sign-out", data={"csrf_token": before}).status_code == 400
    assert "Sign out" in client.get("/").text


def test_signing_out_is_not_a_link(client):
    sign_in(client)
    response = client.get("/sign-out")
    assert (response.status_code, set(response.allow)) == (405, {"POST", "OPTIONS"})
    assert "Sign out" in client.get("/").text


@pytest.mark.parametrize(
    ("path", "status"), [("/nothing-here", 404), ("/sign-out", 405), ("/add/", 404), ("/x//y", 404)]
)
def test_errors_are_pages_of_the_site(client, path, status):
    response = client.get(path)
    assert response.status_code == status
    assert '<a class="site" href="/">' in response.text
    assert f'<p class="code">{status}</p>' in response.text


def test_an_exception_is_a_page_without_a_traceback_and_logged_once(app, client, caplog, sql):
    app.config["PROPAGATE_EXCEPTIONS"] = False  # as in production
    sql("ALTER TABLE entry RENAME TO thing")
    response = client.get("/")
    assert response.status_code == 500
    assert '<p class="code">500</p>' in response.text
    assert "thing" not in response.text
    assert "Traceback" not in response.text
    assert response.headers.get("X-Request-ID", "") in response.text
    assert [record.levelname for record in caplog.records if record.levelname != "INFO"] == ["ERROR"]


def test_pages_forbid_scripts_and_frames_and_files_are_plain(client):
    headers = client.get("/").headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    with client.get("/static/style.css") as response:
        assert response.mimetype == "text/css"
        assert "Content-Security-Policy" not in response.headers
        assert "Set-Cookie" not in response.headers
    assert "<script" not in client.get("/sign-in").text


def test_reading_sets_no_cookie(client):
    assert "Set-Cookie" not in client.get("/").headers
