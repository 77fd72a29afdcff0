"""flask scenario: sandboxes on both engines, with a server and a shell, then gone."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import sys
import time
import urllib.request
from datetime import timedelta

import pytest

from yourapplication.blog import models
from yourapplication.blog.models import OLDEST, Entry, page
from yourapplication.data.database import db, now

from ..conftest import clean


@pytest.fixture
def scenario(flask, uri):
    """flask scenario ...; whatever is still up at the end is taken down."""
    yield lambda *words, **options: flask("scenario", *words, **options)
    for name in ("empty", "demo"):
        flask("scenario", "down", name)


@pytest.fixture
def state(engine, project, request):
    """What there is besides the configured database: SQLite's files, PostgreSQL's databases."""

    def found():
        if engine == "sqlite":
            return {str(path.relative_to(project)) for path in (project / "instance").rglob("*.sqlite")}
        listed = request.getfixturevalue("server").run("postgres", "SELECT datname FROM pg_database")
        return {name for name in listed.splitlines() if "scenario" in name}

    return found


def url_of(result):
    return result.stdout.rpartition(" is up: ")[2].split()[0]


def test_up_and_down(scenario, state, flask):
    result = scenario("up", "demo", "--detach")
    assert result.returncode == 0, result.stderr
    assert "sign in as ada (admin) or grace (author), password " in result.stdout
    url = url_of(result)
    with urllib.request.urlopen(url) as response:
        assert "What Markdown can do" in response.read().decode()
    assert state()
    assert f"up: {url}" in scenario("list").stdout
    again = scenario("up", "demo")
    assert (again.returncode, again.stderr) == (2, "Error: scenario demo is up already: flask scenario down demo\n")
    assert flask("user", "list").returncode == 2  # the configured database is as it was: without a schema
    down = scenario("down", "demo")
    assert (down.returncode, down.stdout) == (0, "demo is gone\n")
    assert not state()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url)
    assert "up:" not in scenario("list").stdout


def test_a_shell_works_on_it_and_then_it_is_gone(scenario, state):
    shell = "from yourapplication.blog.models import Entry; print('entries', db.session.query(Entry).count())\n"
    result = scenario("up", "demo", input=shell)
    assert result.returncode == 0, result.stderr
    assert "entries 10" in result.stdout
    assert result.stdout.endswith("demo is gone\n")
    assert not state()


def test_ctrl_c_is_the_shells_and_a_terminal_that_is_closed_leaves_nothing(project):
    command = [sys.executable, "-m", "flask", "--app", "yourapplication", "scenario", "up", "empty"]
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(project)
        os.execve(command[0], command, clean({"TERM": "dumb", "PYTHONWARNINGS": ""}))
    with open(terminal, "r+b", buffering=0) as file:

        def read(end):
            shown = ""
            while end not in shown and select.select([file], [], [], 60)[0]:
                shown += file.read(4096).decode()
            return shown

        url = re.search(r"is up: (\S+)", read(">>> "))[1]
        file.write(b"\x03\n")
        read("KeyboardInterrupt")
        file.write(b"print(40 + 2)\n")
        assert "42\r\n" in read("42\r\n")
        with urllib.request.urlopen(url) as response:
            assert response.status == 200
    os.waitpid(child, 0)
    assert not list((project / "instance" / "scenarios").iterdir())
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url)


def test_two_are_apart(scenario):
    first, second = scenario("up", "empty", "--detach"), scenario("up", "demo", "--detach")
    with urllib.request.urlopen(url_of(first)) as one, urllib.request.urlopen(url_of(second)) as other:
        assert "Nothing has been written yet." in one.read().decode()
        assert "Nothing has been written yet." not in other.read().decode()


def test_a_server_that_was_killed_is_tidied_up(scenario, state, project):
    scenario("up", "empty", "--detach")
    known = json.loads((project / "instance/scenarios/empty/state.json").read_text())
    os.kill(known["pid"], signal.SIGKILL)
    assert "up: without a server" in scenario("list").stdout
    assert scenario("down", "empty").returncode == 0
    assert not state()


@pytest.mark.parametrize(
    ("words", "environment", "reason"),
    [
        pytest.param(("up", "other"), {}, "there is no scenario other: there are empty, demo, large", id="unknown"),
        pytest.param(("down", "demo"), {}, "scenario demo is not up: flask scenario list says what is", id="not-up"),
        pytest.param(("up", "demo"), {"APPLICATION_CONFIG": "production", "FLASK_SECRET_KEY": "kP3v" * 9 + "xyzWQ81"},
                     "scenarios are never for production", id="production"),
        pytest.param(("fill", "demo"), {"APPLICATION_CONFIG": "production", "FLASK_SECRET_KEY": "kP3v" * 9 + "xyzWQ81"},
                     "scenarios are never for production", id="production-fill"),
    ],
)  # fmt: skip
def test_a_wrong_request_is_refused(scenario, state, words, environment, reason):
    result = scenario(*words, env=environment)
    assert result.returncode == 2
    assert reason in result.stderr
    assert result.stderr.count("\n") == 1
    assert not state()


def test_a_database_in_use_is_not_filled(scenario, flask, sql):
    flask("init-db")
    flask("user", "add", "ada", input="correct horse")
    result = scenario("fill", "demo")
    assert (result.returncode, sql("SELECT count(*) FROM entry")) == (2, [(0,)])


def test_a_port_that_is_taken_leaves_nothing(scenario, state):
    port = url_of(scenario("up", "empty", "--detach")).rpartition(":")[2].strip("/")
    result = scenario("up", "demo", "--detach", "--port", port)
    assert result.returncode == 2
    assert f"port {port} cannot be listened on (Address already in use)" in result.stderr
    assert not any("demo" in name for name in state())


def test_the_last_page_of_10_000_entries_is_as_quick_as_the_first(app):
    with app.app_context():
        moment = now()
        rows = [{"title": f"entry {number}", "body": "text", "searchable": f"entry {number} text", "author_id": 1,
                 "created": moment - timedelta(minutes=number)} for number in range(10_000)]  # fmt: skip
        db.session.execute(db.insert(Entry), rows)
        db.session.commit()
        first, last = page(), page(after=OLDEST)
        assert [entry.title for entry in first.entries] == [f"entry {number}" for number in range(models.PAGE)]
        assert [entry.title for entry in last.entries] == [
            f"entry {10_000 - models.PAGE + n}" for n in range(models.PAGE)
        ]
        assert (first.newer, last.older) == ("", "")

        def seconds(**where):
            taken = []
            for _ in range(30):
                db.session.expire_all()
                began = time.perf_counter()
                page(**where)
                taken.append(time.perf_counter() - began)
            return min(taken)

        before = page(after=last.newer).entries[-1].key
        ratios = [seconds(after=OLDEST) / seconds(), seconds(before=before) / seconds()]
        assert max(ratios) < 3, ratios


def test_pages_hold_every_entry_once_in_both_directions(app):
    with app.app_context():
        moment = now()
        rows = [{"title": f"{number}", "body": "text", "searchable": f"{number} {'odd' * (number % 2)}", "author_id": 1,
                 "created": moment - timedelta(minutes=number // 7)} for number in range(55)]  # fmt: skip
        db.session.execute(db.insert(Entry), rows)
        db.session.commit()
        for words, expected in (("", 55), ("ODD", 27), ("odd 1", 10)):
            down, key = [], ""
            while not down or key:
                found = page(words, before=key)
                down += [entry.id for entry in found.entries]
                key = found.older
            up, key = [], OLDEST
            while key:
                found = page(words, after=key)
                up = [entry.id for entry in found.entries] + up
                key = found.newer
            assert down == up
            assert len(down) == len(set(down)) == expected
        assert page("50% _ \\ nothing\0 of the kind").entries == []


def test_a_port_that_is_none_is_refused(flask):
    result = flask("scenario", "up", "empty", "--detach", "--port", "65536")
    assert result.returncode == 2
    assert "65536 is not in the range 0<=x<=65535" in result.stderr
