"""flask user and audit, and how passwords are kept: run as an administrator runs them, as real processes."""

from __future__ import annotations

import os
import pty
import select
import sys

import pytest
from argon2 import PasswordHasher

from yourapplication.auth import passwords
from yourapplication.auth.attempts import authenticate

from .conftest import PASSWORD, clean, sign_in


@pytest.fixture
def site(flask, app):
    """The command line on databases with one user, ada."""
    return flask


def test_there_is_no_default_account(flask):
    flask("init-db")
    assert (flask("user", "list").returncode, flask("user", "list").stdout) == (0, "")


def test_users_are_added_and_listed(flask, uri, make):
    flask("init-db")
    for name, role in (("grace", "admin"), ("ada lovelace", "author"), ("émilie", "author")):
        result = flask("user", "add", name, "--role", role, input=f"{PASSWORD}\nsecond line\n")
        assert (result.returncode, result.stdout, result.stderr) == (0, f"user {name} added as {role}\n", "")
    assert flask("user", "list").stdout == "ada lovelace\tauthor\tlocal\ngrace\tadmin\tlocal\némilie\tauthor\tlocal\n"
    with make("development").app_context():
        assert authenticate("grace", PASSWORD).role == "admin"
        assert authenticate("grace", PASSWORD + " ") is None


@pytest.mark.parametrize(
    ("words", "given", "said", "listed"),
    [
        pytest.param(("role", "ada", "admin"), "", "is now admin", "ada\tadmin\tlocal\n", id="role"),
        pytest.param(("disable", "ada"), "", "disabled", "ada\tauthor\tlocal\tdisabled\n", id="disable"),
        pytest.param(("enable", "ada"), "", "enabled", "ada\tauthor\tlocal\n", id="enable"),
        pytest.param(
            ("password", "ada"), "battery staple", "has a new password", "ada\tauthor\tlocal\n", id="password"
        ),
    ],
)
def test_users_are_changed(site, words, given, said, listed):
    result = site("user", *words, input=given)
    assert (result.returncode, result.stdout, result.stderr) == (0, f"user ada {said}\n", "")
    assert site("user", "list").stdout == listed


@pytest.mark.parametrize(
    ("words", "given", "reason"),
    [
        pytest.param(("add", "eve"), "", "the password has 0 characters: it must have 8 to 1024", id="no-password"),
        pytest.param(("add", "eve"), "seven77\n", "the password has 7 characters", id="short-password"),
        pytest.param(("password", "ada"), "seven77\n", "the password has 7 characters", id="short-new-password"),
        pytest.param(("add", "ada"), PASSWORD, "there is already a user ada already", id="duplicate"),
        pytest.param(("add", ""), PASSWORD, "the name '' will not do", id="no-name"),
        pytest.param(("add", " eve"), PASSWORD, "the name ' eve' will not do", id="space"),
        pytest.param(("add", "e" * 65), PASSWORD, "will not do: 1 to 64 characters", id="long-name"),
        pytest.param(("add", "e\nve"), PASSWORD, "will not do", id="unprintable"),
        pytest.param(("add", "eve"), "e" * 1025, "the password has 1025 characters: it must have 8 to 1024", id="long"),
        pytest.param(("add", "eve"), "correct\0horse", "the password holds a control character", id="control-password"),
        pytest.param(("disable", "e\udcffve"), "", "there is no user", id="no-text"),
        pytest.param(("disable", "eve"), "", "there is no user eve: flask user list names them", id="nobody"),
    ],
)
def test_a_wrong_request_is_refused(site, words, given, reason):
    result = site("user", *words, input=given)
    assert (result.returncode, result.stdout) == (2, "")
    assert reason in result.stderr
    assert result.stderr.count("\n") == 1
    assert site("user", "list").stdout == "ada\tauthor\tlocal\n"


def test_an_unknown_role_is_refused(site):
    result = site("user", "role", "ada", "king")
    assert result.returncode == 2
    assert "'king' is not one of 'author', 'admin'" in result.stderr


def test_users_need_a_database(flask, project):
    result = flask("user", "add", "ada", input=PASSWORD)
    assert result.returncode == 2
    assert "run flask --app yourapplication init-db" in result.stderr
    assert not list(project.glob("instance/*.sqlite"))


def test_another_password_and_disabling_end_sessions(app, flask):
    client = app.test_client()
    for words, given in ((("password", "ada"), "battery staple"), (("disable", "ada"), "")):
        sign_in(client, password=given or "battery staple") if given == "" else sign_in(client)
        assert "Sign out" in client.get("/").text
        assert flask("user", *words, input=given, env={"APPLICATION_CONFIG": "testing"}).returncode == 0
        assert "Sign out" not in client.get("/").text
    assert sign_in(client, password="battery staple").status_code == 400
    flask("user", "enable", "ada", env={"APPLICATION_CONFIG": "testing"})
    assert sign_in(client, password="battery staple").status_code == 303


def test_passwords_are_kept_as_salted_hashes():
    first, second = passwords.hashed(PASSWORD), passwords.hashed(PASSWORD)
    assert first.startswith("$argon2id$")
    assert first != second
    assert PASSWORD not in first
    assert passwords.matches(first, PASSWORD)
    assert not passwords.matches(first, PASSWORD + " ")
    assert not passwords.matches("nonsense", PASSWORD)
    assert not passwords.matches("$argon2id$nonsense", PASSWORD)


def test_a_wrong_name_costs_a_hash_of_the_same_making(app, monkeypatch):
    verified, look = [], PasswordHasher.verify

    def verify(hasher, kept, password):
        verified.append(kept)
        return look(hasher, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    with app.app_context():
        assert authenticate("ada", "wrong password") is None
        assert authenticate("eve", "wrong password") is None
    (_, kind, version, costs, salt, digest), other = (each.split("$") for each in verified)
    assert [kind, version, costs, len(salt), len(digest)] == [*other[1:4], *map(len, other[4:])]


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        pytest.param([PASSWORD, PASSWORD], 0, "user ada added", id="twice"),
        pytest.param(["a slip of it", "another", PASSWORD, PASSWORD], 0, "user ada added", id="slip"),
        pytest.param(["short", "short"], 2, "the password has 5 characters", id="short"),
        pytest.param(["", ""], 2, "the password has 0 characters", id="empty"),
    ],
)
def test_on_a_terminal_the_password_is_asked_for_twice_and_not_shown(flask, project, answers, code, said):
    flask("init-db")
    command = [sys.executable, "-m", "flask", "--app", "yourapplication", "user", "add", "ada"]
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(project)
        os.execve(command[0], command, clean({"TERM": "dumb"}))
    shown, waiting = "", list(answers)
    with open(terminal, "r+b", buffering=0) as file:
        while select.select([file], [], [], 60)[0]:
            try:
                shown += file.read(4096).decode()
            except OSError:  # EIO: the other end has been closed
                break
            if waiting and shown.rstrip(" ").endswith(":"):
                shown += "<asked>"
                file.write(waiting.pop(0).encode() + b"\n")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == code, shown
    assert shown.count("<asked>") == len(answers)
    assert said in shown
    assert PASSWORD not in shown
