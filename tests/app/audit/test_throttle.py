"""Guessing passwords: slowed down by account and by address, however many processes answer."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import update

from yourapplication.audit import throttle
from yourapplication.audit.models import Event
from yourapplication.auth.models import User
from yourapplication.data.database import db

from ..conftest import PASSWORD, clean, hash_of, sign_in, submit, token


def attempt(app, name="ada", password="wrong password", address="192.0.2.1"):
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return client.post("/sign-in", data={"csrf_token": token(client.get("/sign-in").text), "name": name,
                                         "password": password})  # fmt: skip


def statuses(app, *attempts):
    return [attempt(app, **each).status_code for each in attempts]


@pytest.fixture
def failed(app):
    """failed(number, account=..., address=...) writes so many failures of a moment ago, {} is counted up."""

    def write(count, account="ada", address="192.0.2.1"):
        with app.app_context():
            for number in range(count):
                texts = {"account": account.format(number), "address": address.format(number)}
                db.session.add(Event(action=throttle.FAILED, **texts))
            db.session.commit()

    return write


@pytest.fixture
def browser(app):
    """One that ada has signed in with, and out, from elsewhere."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    assert sign_in(client).status_code == 303
    assert submit(client, "/sign-out", form="/add").status_code == 303
    return client


@pytest.mark.parametrize("address", ["192.0.2.{}", "2001:db8::{}"])
def test_five_failures_of_an_account_from_one_place(app, address):
    same = address.format(1)
    assert statuses(app, *[{"address": same}] * 5) == [400] * 5
    response = attempt(app, password=PASSWORD, address=same)
    assert response.status_code == 429
    assert 890 <= int(response.headers["Retry-After"]) <= 900
    assert response.headers.get("X-Request-ID", "") in response.text
    neighbour = 429 if ":" in address else 303  # with IPv6 everybody has a /64
    assert attempt(app, password=PASSWORD, address=address.format(2)).status_code == neighbour
    assert attempt(app, name="eve", address=same).status_code == 400


def test_strangers_lock_nobody_out_from_a_few_places(app, failed):
    failed(29, address="198.51.100.{}")
    assert attempt(app, password=PASSWORD).status_code == 303


def test_a_botnet_is_slowed_down_and_the_owner_gets_in_where_they_are_known(app, failed, browser):
    assert attempt(app, password=PASSWORD).status_code == 303
    failed(30, address="198.51.100.{}")
    assert attempt(app, password=PASSWORD, address="192.0.2.77").status_code == 429, "unknown browser, unknown place"
    assert attempt(app, password=PASSWORD).status_code == 303, "where they have signed in from"
    browser.environ_base["REMOTE_ADDR"] = "192.0.2.77"
    assert sign_in(browser).status_code == 303, "a browser that they have signed in with"


def test_wrong_names_lock_out_nobody_behind_the_same_address(app, failed, browser):
    failed(49, account="name {}")
    assert attempt(app, password=PASSWORD).status_code == 303
    failed(1, account="another")
    assert attempt(app, password=PASSWORD).status_code == 429, "but for very many"
    browser.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    assert sign_in(browser).status_code == 303, "a browser that they have signed in with"


def test_a_known_browser_has_five_guesses_too_and_is_nobody_elses(app, browser):
    assert [sign_in(browser, password="wrong password").status_code for _ in range(5)] == [400] * 5
    assert sign_in(browser).status_code == 429
    assert attempt(app, password=PASSWORD, address="203.0.113.9").status_code == 303, "others are not counted with it"
    named, _, signature = (cookie := browser.get_cookie("device").value).rpartition(".")
    for forged in (f"{named}.{signature.swapcase()}", "", "x.y", cookie.partition(".")[0]):
        other = app.test_client()
        other.set_cookie("device", forged)
        assert sign_in(other, password="wrong password").status_code == 400
    with app.app_context():
        names = [event.detail for event in db.session.query(Event).where(Event.action == throttle.FAILED)]
    assert sorted(map(bool, names)) == [False] * 4 + [True] * 5


def test_a_name_that_does_not_exist_is_answered_alike(app):
    for name in ("ada", "eve"):
        assert statuses(app, *[{"name": name, "address": "198.51.100.1"}] * 6) == [400] * 5 + [429]


def test_signing_in_forgives_what_was_tried_from_the_same_place(app):
    assert statuses(app, *[{}] * 4) == [400] * 4
    assert attempt(app, password=PASSWORD).status_code == 303
    assert statuses(app, *[{}] * 6) == [400] * 5 + [429]


def test_it_is_over_after_fifteen_minutes(app):
    assert statuses(app, *[{}] * 6) == [400] * 5 + [429]
    with app.app_context():
        db.session.execute(update(Event).values(time=throttle.now() - throttle.WINDOW))
        db.session.commit()
    assert attempt(app, password=PASSWORD).status_code == 303


def test_what_happened_is_recorded(app):
    attempt(app)
    attempt(app, password=PASSWORD)
    with app.app_context():
        found = [(event.action, event.account, event.address) for event in db.session.query(Event)]
    assert found == [("sign-in failed", "ada", "192.0.2.1"), ("sign-in", "ada", "192.0.2.1")]


GUESS = """
import sys, threading, time
sys.path.insert(0, ".")
from yourapplication import app
from yourapplication.auth.attempts import check
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

def guess():
    with app.test_request_context(environ_base={"REMOTE_ADDR": "192.0.2.1"}):
        try:
            print(check("ada", sys.argv[1]) is not None, flush=True)
        except TooManyRequests:
            print("throttled", flush=True)
        except ServiceUnavailable as error:  # enough are at it just now
            assert error.retry_after == 1
            time.sleep(0.2)
            guess()

threads = [threading.Thread(target=guess) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def run_at_once(project, uri, password):
    environment = clean({"FLASK_SQLALCHEMY_DATABASE_URI": uri, "APPLICATION_CONFIG": "testing"})
    started = [
        subprocess.Popen([sys.executable, "-c", GUESS, password], cwd=project, env=environment, text=True,
                         stdout=subprocess.PIPE)
        for _ in range(4)
    ]  # fmt: skip
    return sorted("".join(process.communicate(timeout=240)[0] for process in started).split())


def test_many_guesses_at_once_are_no_more_than_five(app, project, uri):
    assert run_at_once(project, uri, "wrong password") == ["False"] * 5 + ["throttled"] * 11


def test_many_who_know_their_password_wait_for_each_other_and_are_let_in(app, project, uri):
    assert run_at_once(project, uri, PASSWORD) == ["True"] * 16


def test_a_process_that_died_while_it_checked_counts_as_a_failure(app):
    with app.app_context():
        db.session.add(User(name="bob", password_hash=hash_of(PASSWORD)))
        for _ in range(5):
            throttle.begin("bob", "192.0.2.7")
            db.session.execute(update(Event).values(time=throttle.now() - timedelta(seconds=throttle.PATIENCE + 1)))
            db.session.commit()
    assert attempt(app, name="bob", password=PASSWORD, address="192.0.2.7").status_code == 429


@pytest.mark.parametrize("first", ["pages", "api"])
def test_pages_and_the_api_count_together(app, first):
    def ask(password):
        headers = {"environ_overrides": {"REMOTE_ADDR": "192.0.2.1"}}
        entry = {"title": "T", "body": "x"}
        return app.test_client().post("/api/entries", json=entry, auth=("Ada", password), **headers)

    ways = [lambda password: attempt(app, password=password), ask]
    guess, other = ways if first == "pages" else reversed(ways)
    assert {guess("wrong password").status_code for _ in range(5)} <= {400, 401}
    response = other(PASSWORD)
    assert response.status_code == 429
    assert 890 <= int(response.headers["Retry-After"]) <= 900
