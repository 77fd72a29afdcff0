"""The API: the pages' rules for programs, every status that it documents, and schemathesis, which looks for more."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from yourapplication.api.patterns import PLACE, TEXT
from yourapplication.auth import attempts, passwords
from yourapplication.auth.forms import CONTROL
from yourapplication.auth.models import ADMIN, User
from yourapplication.blog.models import page
from yourapplication.data.database import db

from ..conftest import PASSWORD, hash_of, sign_in, submit

ADA = ("ada", PASSWORD)
ENTRIES = "/api/entries"
TEXTS = {"title": "First", "body": "Some *text*"}
PROBLEM = "application/problem+json"


@pytest.fixture(autouse=True)
def cheap_hashes(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request that writes checks a password, and here are hundreds; ada's hash is as ever until her first one."""
    monkeypatch.setattr(passwords, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def add(client: FlaskClient, title: str = "First", **options: object) -> int:
    response = client.post(ENTRIES, json={"title": title, "body": "Some *text*"}, auth=ADA, **options)
    assert response.status_code == 201, response.text
    return response.json["id"]


def refused(response: TestResponse, status: int) -> dict:
    """The problem details, which always look alike."""
    assert (response.status_code, response.mimetype) == (status, PROBLEM), response.text
    problem = response.json
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert problem["detail"]
    assert problem["request_id"] == response.headers.get("X-Request-ID", "")
    return problem


def test_the_whole_story(client, sql):
    response = client.post(ENTRIES, json=TEXTS, auth=ADA)
    assert (response.status_code, response.location) == (201, "/api/entries/1")
    entry = response.json
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry["created"])
    described = {"id": 1, "title": "First", "summary": "Some text", "author": "ada", "created": entry["created"],
                 "modified": entry["created"], "url": "/api/entries/1", "page": "/entries/1"}  # fmt: skip
    assert entry == {**described, "body": "Some *text*"}
    assert client.get(entry["url"]).json == entry
    assert client.get(ENTRIES).json == {"entries": [described], "next": None, "previous": None}
    assert "<em>text</em>" in client.get(entry["page"]).text
    response = client.put(entry["url"], json={"title": "Second", "body": "changed"}, auth=ADA)
    assert response.status_code == 200
    assert (response.json["title"], response.json["body"]) == ("Second", "changed")
    assert response.json["modified"] >= entry["modified"]
    assert "Second" in client.get("/").text
    response = client.delete(entry["url"], auth=ADA)
    assert (response.status_code, response.data) == (204, b"")
    for again in (client.get(entry["url"]), client.delete(entry["url"], auth=ADA),
                  client.put(entry["url"], json=TEXTS, auth=ADA)):  # fmt: skip
        refused(again, 404)
    assert sql("SELECT action, account, detail FROM event ORDER BY id", "audit") == [
        ("sign-in", "ada", ""),  # one a day and place, as each request brings a password
        ("entry added", "ada", "1 First"), ("entry edited", "ada", "1 Second"), ("entry deleted", "ada", "1 Second")
    ]  # fmt: skip
    assert client.get_cookie("session") is None


def test_pages_and_api_have_the_same_rule(client):
    sign_in(client)
    longest = {"title": "x" * 200, "body": "y" * 100_000}
    for changed, right in (
        ({}, True),
        ({"title": "x" * 201}, False),
        ({"body": "y" * 100_001}, False),
        ({"title": ""}, False),
        ({"title": " \t\u00a0\u2003"}, False),
        ({"body": "\r\n \u3000"}, False),
        ({"title": "a\x00b"}, False),
        ({"body": "a\x1bb"}, False),
        ({"body": "a\uffffb"}, False),
        ({"title": "\ufeff", "body": "\tזֶה 👩‍👩‍👧 e\u0301\r\n\u0085"}, True),
    ):
        content = {**longest, **changed}
        by_page = submit(client, "/add", **content).status_code
        by_program = client.post(ENTRIES, json=content, auth=ADA).status_code
        assert (by_page, by_program) == ((303, 201) if right else (400, 422)), changed
    assert [client.get(f"{ENTRIES}/{number}").json["body"] for number in (3, 4)] == [content["body"]] * 2


def test_paging_visits_every_entry_once_in_both_directions(client):
    numbers = [add(client, f"Entry {number} {'odd' if number % 2 else 'even'}") for number in range(1, 12)]
    for asked, expected in (("?limit=3", numbers[::-1]), ("?q=ODD&limit=2", numbers[::-2])):
        there, back, follow = [], [], f"{ENTRIES}{asked}"
        while follow:
            found = client.get(follow).json
            there += [each["id"] for each in found["entries"]]
            last, follow = found, found["next"]
        assert there == expected
        while last:
            back = [each["id"] for each in last["entries"]] + back
            last = client.get(last["previous"]).json if last["previous"] else None
        assert back == expected
    assert len(client.get(ENTRIES).json["entries"]) == 11
    assert client.get(f"{ENTRIES}?q=nowhere").json == {"entries": [], "next": None, "previous": None}
    assert client.get(f"{ENTRIES}?q=%00%FF").status_code == 200


def test_parameters_that_are_wrong_are_named(client):
    add(client)
    key = f"{client.get(ENTRIES).json['entries'][0]['created'].translate({45: None, 58: None})[:-1]}-1"
    for right in ("limit=1", "limit=100", f"before={key}", f"after={key}", f"before={key}&after={key}", "q=", "q=a+b"):
        assert client.get(f"{ENTRIES}?{right}").status_code == 200, right
    for wrong in ("limit=0", "limit=101", "limit=", "limit=1.0", "limit=x", "limit=%D9%A3", f"limit={'9' * 5000}",
                  "limit=1&limit=2", "before=", "before=x", "after=20230229T000000-1", f"after={key}%0A", "befor=x",
                  "after=20230228T000000-12345678901", f"q={'x' * 201}", "q=a&q=b", "limit[]=1"):  # fmt: skip
        problem = refused(client.get(f"{ENTRIES}?{wrong}"), 400)
        name = wrong.partition("=")[0]
        assert [each["parameter"] for each in problem["errors"]] == [name], wrong
        assert repr(name) in problem["detail"]
    assert "'x'" in refused(client.get(f"{ENTRIES}/1?x=1"), 400)["detail"]


def test_numbers_that_no_entry_has(client):
    for number in ("0", "2", "2147483647", "2147483648", "9" * 5000, "-1", "x", "1.0", "%D9%A1", "1%00", "1/"):
        refused(client.get(f"{ENTRIES}/{number}"), 404)
        refused(client.delete(f"{ENTRIES}/{number}", auth=ADA), 404)
    refused(client.get("/api/nothing"), 404)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # it keeps nothing
def test_content_that_is_wrong_says_where(client):
    def entry(title: str) -> bytes:
        return f'{{"title": {title}, "body": "x"}}'.encode()

    broken = (b"", b"{", b"\xff", b"\xef\xbb\xbf{}", entry("NaN"), entry("-Infinity"), entry("1" * 5000),
              entry("[" * 100_000), entry('"\n"'), entry('"a", "title": "b"'),
              '{"title": "x"}'.encode("utf-16"))  # fmt: skip
    for content in broken:
        response = client.post(ENTRIES, data=content, content_type="application/json", auth=ADA)
        assert "errors" not in refused(response, 400), content[:20]
    wrong = (
        (b"[]", ["#"]), (b"null", ["#"]), (b"1e999", ["#"]), (b"{}", ["#/title", "#/body"]),
        (entry("1"), ["#/title"]), (entry("null"), ["#/title"]), (entry('["x"]'), ["#/title"]),
        (entry('"\\ud800"'), ["#/title"]), (entry('"\\u0000"'), ["#/title"]), (entry('"x", "id": 1'), ["#/id"]),
        (entry('"x", "a/b~ ü%": 1'), ["#/a~1b~0%20%C3%BC%25"]), (entry('"x", "\\ud800": 1'), ["#"]),
    )  # fmt: skip
    for content, pointers in wrong:
        response = client.post(ENTRIES, data=content, content_type="application/json; charset=utf-8", auth=ADA)
        problem = refused(response, 422)
        assert [each["pointer"] for each in problem["errors"]] == pointers, content
        assert not re.search("EntryIn|dict", str(problem))  # Python's words
    many = json.dumps({f"n{number}": 1 for number in range(1000)})
    response = client.post(ENTRIES, data=many, content_type="application/json", auth=ADA)
    assert len(refused(response, 422)["errors"]) == 10
    for kind in (None, "text/plain", "application/x-www-form-urlencoded", "application/jsonx"):
        refused(client.post(ENTRIES, data=json.dumps(TEXTS), content_type=kind, auth=ADA), 415)
    assert client.get(ENTRIES).json["entries"] == []


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_content_that_is_too_large(app, client):
    large = {"title": "x", "body": "x" * app.config["MAX_CONTENT_LENGTH"]}
    refused(client.post(ENTRIES, json=large, auth=ADA), 413)


def test_writing_needs_credentials(client, sql):
    sign_in(client)  # a cookie is none
    before = sql("SELECT count(*) FROM event", "audit")
    malformed = ("", "Basic", "Basic é", "Basic \xff", "Basic ====", "Basic YQ", "Bearer abc", "Digest a=b", "basic,",
                 *("Basic " + base64.b64encode(each).decode() for each in (
                     b"ada", b":", b"ada:", b":x", b"\xff:x", b"ada\0:x", b"ada:x\0", b"a" * 65 + b":x",
                     b"ada:" + b"x" * 1025)))  # fmt: skip
    for header in malformed:
        for response in (
            client.post(ENTRIES, json=TEXTS, headers={"Authorization": header}),
            client.put(f"{ENTRIES}/1", json=TEXTS, headers={"Authorization": header}),
            client.delete(f"{ENTRIES}/1", headers={"Authorization": header}),
        ):
            refused(response, 401)
            assert response.headers["WWW-Authenticate"] == 'Basic realm="entries", charset="UTF-8"'
    refused(client.post(ENTRIES, json=TEXTS), 401)
    assert sql("SELECT count(*) FROM event", "audit") == before  # nobody guessed
    refused(client.post(ENTRIES, json=TEXTS, auth=("ada", "wrong")), 401)
    assert sql("SELECT action, account FROM event ORDER BY id DESC LIMIT 1", "audit") == [("sign-in failed", "ada")]
    header = "bAsIc " + base64.b64encode(":".join(ADA).encode()).decode()
    assert client.post(ENTRIES, json=TEXTS, headers={"Authorization": header}).status_code == 201


def test_names_and_passwords_are_in_utf_8(app, client):
    name, password = "зоя", "пароль: 👩‍👩‍👧"
    with app.app_context():
        db.session.add(User(name=name, password_hash=hash_of(password)))
        db.session.commit()
    token = base64.b64encode(f"{name}:{password}".encode()).decode()
    response = client.post(ENTRIES, json=TEXTS, headers={"Authorization": f"Basic {token}"})
    assert (response.status_code, response.json["author"]) == (201, name)


def test_entries_are_their_authors_and_every_admins(app, client):
    with app.app_context():
        db.session.add(User(name="bob", password_hash=hash_of(PASSWORD)))
        db.session.add(User(name="eve", password_hash=hash_of(PASSWORD), role=ADMIN))
        db.session.commit()
    where = f"{ENTRIES}/{add(client)}"
    refused(client.put(where, json=TEXTS, auth=("bob", PASSWORD)), 403)
    refused(client.delete(where, auth=("bob", PASSWORD)), 403)
    response = client.put(where, json=TEXTS, auth=("eve", PASSWORD))
    assert (response.status_code, response.json["author"]) == (200, "ada")
    assert client.delete(where, auth=("eve", PASSWORD)).status_code == 204


def test_guessing_is_slowed_down(app, client):
    with app.app_context():
        db.session.add(User(name="bob", password_hash=hash_of(PASSWORD)))
        db.session.commit()
    guesser, other = ({"environ_overrides": {"REMOTE_ADDR": address}} for address in ("192.0.2.1", "192.0.2.2"))
    for _ in range(5):
        refused(client.post(ENTRIES, json=TEXTS, auth=("ada", "wrong"), **guesser), 401)
    response = client.post(ENTRIES, json=TEXTS, auth=ADA, **guesser)
    refused(response, 429)
    assert 1 <= int(response.headers["Retry-After"]) <= 900
    for credentials, origin in ((ADA, other), (("bob", PASSWORD), guesser)):
        assert client.post(ENTRIES, json=TEXTS, auth=credentials, **origin).status_code == 201
    refused(client.post(ENTRIES, json=TEXTS, auth=ADA, **guesser), 429)  # also what was found right a moment ago
    assert client.get(ENTRIES, **guesser).status_code == 200


def test_a_password_that_was_changed_while_it_was_looked_at_is_wrong(client, meanwhile):
    meanwhile("UPDATE \"user\" SET session_key = 'another'")
    refused(client.post(ENTRIES, json=TEXTS, auth=ADA), 401)


def test_pages_are_answered_while_many_write(app, uri):
    """Four threads, as a server has them; the database is kept from all who write until the page is there."""
    engine = sqlalchemy.create_engine(uri.replace("postgresql:", "postgresql+psycopg:"), poolclass=sqlalchemy.NullPool)
    statement = "BEGIN IMMEDIATE" if engine.dialect.name == "sqlite" else "LOCK TABLE entry IN EXCLUSIVE MODE"
    add(app.test_client())  # the password is known: all who write now get as far as the database
    with ThreadPoolExecutor(4) as threads:
        with contextlib.closing(engine.connect()) as other:
            other.exec_driver_sql(statement)
            writes = [threads.submit(app.test_client().post, ENTRIES, json=TEXTS, auth=ADA) for _ in range(16)]
            page = threads.submit(app.test_client().get, "/")
            assert page.result().status_code == 200
            assert any(not write.done() for write in writes), "whoever writes does so still"
        answers = [write.result() for write in writes]
    assert {answer.status_code for answer in answers} == {201, 503}
    for answer in answers:
        if answer.status_code == 503:
            assert (refused(answer, 503)["detail"][:18], answer.headers["Retry-After"]) == ("Too many are signi", "1")


def test_a_directory_that_does_not_answer(client, monkeypatch):
    def unavailable(name: str, password: str) -> None:
        raise attempts.Unavailable("ldap://directory.internal")

    monkeypatch.setattr(attempts, "authenticate", unavailable)
    response = client.post(ENTRIES, json=TEXTS, auth=ADA)
    assert "directory.internal" not in str(refused(response, 503))
    assert int(response.headers["Retry-After"]) > 0


def test_a_database_that_cannot_be_used(app, client, sql):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    sql("DROP TABLE entry")
    problem = refused(client.get(ENTRIES), 500)
    assert "entry" not in problem["detail"]
    sql("DROP TABLE alembic_version")
    response = client.get(ENTRIES)
    refused(response, 503)
    assert int(response.headers["Retry-After"]) > 0


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_methods(client):
    where = f"{ENTRIES}/{add(client)}"
    response = client.head(where)
    assert (response.status_code, response.data) == (200, b"")
    assert response.content_length == len(client.get(where).data)
    for path, methods in ((ENTRIES, {"GET", "POST"}), (where, {"GET", "PUT", "DELETE"})):
        assert client.options(path).allow.as_set(True) == methods | {"HEAD", "OPTIONS"}
        response = client.patch(path)
        refused(response, 405)
        assert response.allow.as_set(True) == methods | {"HEAD", "OPTIONS"}


def test_below_a_mount(client):
    mounted = {"base_url": "http://localhost/a blog/"}
    response = client.post(ENTRIES, json=TEXTS, auth=ADA, **mounted)
    assert response.location == response.json["url"] == "/a%20blog/api/entries/1"
    assert response.json["page"] == "/a%20blog/entries/1"
    add(client)
    assert client.get(f"{ENTRIES}?limit=1", **mounted).json["next"].startswith("/a%20blog/api/entries?before=")
    assert client.get("/api/openapi.json", **mounted).json["servers"] == [{"url": "/a%20blog"}]
    assert client.get("/api/openapi.json").json["servers"] == [{"url": "/"}]


def test_patterns_of_the_document_are_the_rules(app):
    for code in {*range(0xD800), *range(0xE000, 0x10000), 0x1F600}:
        text = chr(code)
        right = bool(text.strip()) and not CONTROL.search(text)
        assert bool(re.search(TEXT, text)) == right, hex(code)
        assert bool(re.search(TEXT, f"a{text} ")) == (not CONTROL.search(text)), hex(code)
    assert not re.search(TEXT, "")
    moments = {f"{year}{day:04}" for year in ("0000", "0001", "0400", "1900", "2000", "2023", "2024", "9999")
               for day in range(1400)}  # fmt: skip
    moments = {f"{each}T000000" for each in moments} | {f"20240101T{time:06}" for time in range(0, 250_000, 7)}
    moments |= {"20240101T235960", "20240101T236000", "2024101T000000", "00010101T000000"}

    def real(moment: str) -> bool:
        with contextlib.suppress(ValueError):
            return datetime.strptime(moment, "%Y%m%dT%H%M%S").strftime("%Y%m%d").isdigit() and len(moment) == 15
        return False

    assert {each for each in moments if re.fullmatch(PLACE, f"{each}-1")} == set(filter(real, moments))
    with app.app_context():
        assert page(before="99991231T235959-999999999").entries == []


def test_pydantic_is_imported_by_the_api_only(app, run):
    script = (
        "import sys; from yourapplication import create_app; client = create_app('testing').test_client()\n"
        "for path in '/', '/api/entries': print(client.get(path).status_code, 'pydantic' in sys.modules)"
    )
    assert run("-c", script).stdout == "200 False\n200 True\n"


@pytest.fixture
def site(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The application on a port of this host, without a line for each of hundreds of requests."""
    for name in (app.logger.name, "werkzeug"):
        monkeypatch.setattr(logging.getLogger(name), "disabled", True)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def schemathesis(tmp_path: Path, site: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    """schemathesis(document, *options) tests the site with all checks, always in the same way."""

    def execute(document: str, *options: str) -> subprocess.CompletedProcess[str]:
        program = Path(sys.executable).with_name("schemathesis")
        words = [program, "run", document, "--url", site, "--checks", "all", "--auth", ":".join(ADA), "--seed", "1",
                 "--generation-database", "none", "--no-color", *options]  # fmt: skip
        surroundings = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(tmp_path), "COLUMNS": "200"}
        return subprocess.run(words, cwd=tmp_path, env=surroundings, timeout=300, text=True, capture_output=True,
                              check=False)  # fmt: skip

    return execute


def test_schemathesis_finds_no_failure(schemathesis, site, sql):
    """Of the requests with wrong credentials one for each kind of writing reaches the throttle, which allows five."""
    done = schemathesis(f"{site}/api/openapi.json", "--max-examples", "15")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 selected / 5 total" in done.stdout
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert f"✅  {phase} (in" in done.stdout, done.stdout
    actions = {action for (action,) in sql("SELECT DISTINCT action FROM event", "audit")}
    assert actions == {"entry added", "entry edited", "entry deleted", "sign-in failed", "sign-in"}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_schemathesis_finds_a_failure(schemathesis, client, tmp_path):
    document = client.get("/api/openapi.json").json
    listed = document["components"]["schemas"]["Page"]
    listed["required"].remove("previous")
    del listed["properties"]["previous"]
    (tmp_path / "other.json").write_text(json.dumps(document))
    done = schemathesis("other.json", "--max-examples", "1", "--phases", "coverage", "--include-operation-id", "list")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Additional properties are not allowed ('previous' was unexpected)" in done.stdout
