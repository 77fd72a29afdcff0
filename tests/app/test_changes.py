"""Entries under several hands: who may change them, and what happens when two do at once."""

from __future__ import annotations

import pytest
from markupsafe import escape

from yourapplication.blog import changes
from yourapplication.blog.models import QUERY_LENGTH, Entry

from .conftest import submit, token


@pytest.mark.parametrize("action", ["edit", "delete"])
def test_authors_change_their_own_entries_and_admins_all(others, action):
    path = f"/entries/1/{action}"
    for name, status in (("eve", 403), ("root", 200), ("ada", 200)):
        page = others[name].get(path)
        assert page.status_code == status
        assert (f'href="{path}"' in others[name].get("/entries/1").text) == (status == 200)
    forged = {"csrf_token": token(others["eve"].get("/add").text), "title": "mine", "body": "now"}
    assert others["eve"].post(path, data=forged).status_code == 403
    assert "<h1>Ada&#39;s</h1>" in others["eve"].get("/entries/1").text
    assert submit(others["root"], path, title="Root's", body="changed").status_code == 303


def test_without_signing_in_nothing_is_changed(app, others):
    client = app.test_client()
    for path in ("/entries/1/edit", "/entries/1/delete"):
        assert client.get(path).location == f"/sign-in?next={path}"
        fields = {"csrf_token": token(client.get("/sign-in").text), "title": "x", "body": "x"}
        assert client.post(path, data=fields).status_code == 303
    assert client.get("/entries/1").status_code == 200


def test_what_is_deleted_meanwhile_is_not_found(app, others, monkeypatch, sql):
    write = Entry.write

    def slow(entry, title, body):
        write(entry, title, body)
        sql("DELETE FROM entry WHERE id = 1")

    form = token(others["ada"].get("/entries/1/edit").text)
    monkeypatch.setattr(Entry, "write", slow)
    response = others["ada"].post("/entries/1/edit", data={"csrf_token": form, "title": "T", "body": "x"})
    assert response.status_code == 404
    assert changes.GONE in response.text


def test_the_number_of_a_deleted_entry_is_not_given_again(others):
    submit(others["ada"], "/entries/1/delete")
    assert submit(others["ada"], "/add", title="Another", body="x").location == "/entries/2"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        pytest.param("x " * (QUERY_LENGTH // 2), 200, id="longest"),
        pytest.param("x" * (QUERY_LENGTH + 1), 400, id="too-long"),
        pytest.param("\0", 200, id="nul"),
        pytest.param("%_\\'\"", 200, id="wild"),
        pytest.param("TEXT", 200, id="case"),
    ],
)
def test_any_search_is_answered(client, query, status):
    assert client.get("/", query_string={"q": query}).status_code == status


@pytest.mark.parametrize(
    "key", ["x", "20260101T000000", "20260101T000000-99999999999", "20261301T000000-1", "00000101T000000-1", "\0", "-"]
)
@pytest.mark.parametrize("name", ["before", "after"])
def test_a_key_that_is_none_is_refused(client, name, key):
    response = client.get("/", query_string={name: key})
    assert response.status_code == 400
    assert f"{escape(repr(key))} is not a place among the entries." in response.text


@pytest.mark.parametrize("text", ["a\0b", "a\x1bb", "a\x7fb"])
def test_control_characters_are_refused(others, text):
    for fields in ({"title": text, "body": "x"}, {"title": "x", "body": text}):
        response = submit(others["ada"], "/add", **fields)
        assert response.status_code == 400
        assert "control characters" in response.text
