"""Sessions: keys change and people stay, caches keep nothing that was made for somebody."""

from __future__ import annotations

import pytest

from .conftest import sign_in, submit, token

OLD, NEW = "an old key of many characters, 32", "another key of many characters 32"


def cookie(client):
    return client.get_cookie("session").value


@pytest.fixture
def visitor(app, make, instance):
    """visitor(SECRET_KEY=...) is somebody with a browser, who meets the application with those settings."""

    def meet(**settings):
        instance(**settings)
        return make("testing").test_client()

    return meet


def test_a_session_goes_on_when_the_key_changes_and_is_then_signed_with_the_new_one(visitor):
    before = visitor(SECRET_KEY=OLD)
    assert sign_in(before).status_code == 303
    form = token(before.get("/add").text)

    between = visitor(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[OLD])
    between.set_cookie("session", cookie(before))
    response = between.post("/add", data={"csrf_token": form, "title": "T", "body": "x"})
    assert response.status_code == 303, "a form that was open when the key changed"

    after = visitor(SECRET_KEY=NEW)
    after.set_cookie("session", cookie(between))
    assert after.get("/add").status_code == 200
    assert submit(after, "/add", title="T", body="x").status_code == 303
    after.set_cookie("session", cookie(before))
    assert after.get("/add").status_code == 303, "the old key is forgotten"


def test_a_new_form_is_signed_with_the_new_key(visitor):
    between = visitor(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[OLD])
    sign_in(between)
    form = token(between.get("/add").text)
    after = visitor(SECRET_KEY=NEW)
    after.set_cookie("session", cookie(between))
    assert after.post("/add", data={"csrf_token": form, "title": "T", "body": "x"}).status_code == 303


@pytest.mark.parametrize("path", ["/", "/add", "/sign-in"])
def test_no_cache_keeps_what_was_made_for_somebody(client, path):
    assert "Cache-Control" not in client.get("/").headers
    sign_in(client)
    response = client.get(path)
    assert (response.headers["Cache-Control"], response.headers["Vary"]) == ("private, no-cache", "Cookie")


def test_what_is_the_same_for_everybody_is_for_every_cache(client):
    sign_in(client)
    for path in ("/feed.atom", "/api/entries", "/no-such-page"):
        headers = client.get(path).headers
        assert not {"Cache-Control", "Vary"} & {name for name, _ in headers}, path
    assert client.get("/", headers={"Cookie": ""}).headers["Vary"] == "Cookie"


def test_signing_out_ends_the_session_whoever_has_copied_its_cookie_and_no_other(app, client):
    other = app.test_client()
    sign_in(client)
    sign_in(other)
    copied = app.test_client()
    copied.set_cookie("session", cookie(client))
    assert copied.get("/add").status_code == 200
    assert submit(client, "/sign-out", form="/add").status_code == 303
    assert copied.get("/add").status_code == 303
    assert other.get("/add").status_code == 200


def test_another_password_ends_all_sessions(app, client, flask):
    sign_in(client)
    assert flask("user", "password", "ada", input="another password\n").returncode == 0
    assert client.get("/add").status_code == 303


def test_old_sessions_end_and_are_forgotten(app, client, sql):
    sign_in(client)
    sql("UPDATE session SET began = '2020-01-01 00:00:00'")
    assert client.get("/add").status_code == 303
    sign_in(app.test_client())
    assert sql("SELECT count(*) FROM session") == [(1,)]
