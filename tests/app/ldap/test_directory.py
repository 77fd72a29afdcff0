"""Signing in with a directory: a real slapd, and servers that are dead, silent or not whom they say."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from deploy.machine.sockets import free_port
from yourapplication.auth import turns
from yourapplication.auth.attempts import authenticate
from yourapplication.auth.models import User, find
from yourapplication.data.database import db
from yourapplication.ldap import directory as ldap

from ...directory import EDITORS, ODD, OWNERS, PEOPLE, ROOT, SEARCHER, Directory, certify, directory
from ..conftest import PASSWORD, hash_of, sign_in

STARTTLS_ACCEPTED = bytes.fromhex("300c02010178070a010004000400")
WRONG = "The name or the password is not right."
SLACK = 10  # seconds that a busy machine may add
PATTERN = {"LDAP_BIND_PATTERN": f"uid={{name}},{PEOPLE}"}


@pytest.fixture(scope="module")
def slapd() -> Iterator[Directory]:
    """One server for all these tests."""
    with directory() as running:
        yield running


@pytest.fixture
def settings(slapd: Directory) -> dict[str, Any]:
    """Those of a site that searches, with StartTLS."""
    return {"LDAP_URI": slapd.plain, "LDAP_CA_FILE": slapd.authority, "LDAP_SEARCH_BASE": PEOPLE,
            "LDAP_SEARCH_DN": SEARCHER, "LDAP_SEARCH_PASSWORD": slapd.password, "LDAP_GROUP_BASE": ROOT,
            "LDAP_ROLES": {EDITORS: "author", OWNERS.upper().replace(",", ", "): "admin"}}  # fmt: skip


@pytest.fixture
def pattern(settings: dict[str, Any]) -> dict[str, Any]:
    """Those of a site that knows its users' DNs."""
    return {name: value for name, value in settings.items() if not name.startswith("LDAP_SEARCH")} | PATTERN


@pytest.fixture(params=["search", "pattern"])
def way(request: pytest.FixtureRequest, settings: dict[str, Any], pattern: dict[str, Any]) -> dict[str, Any]:
    """Once each."""
    return settings if request.param == "search" else pattern


@pytest.fixture
def ask(make: Callable[..., Flask], instance: Callable[..., Path]) -> Callable[..., ldap.Person | None]:
    """ask(settings, name, password) asks the directory, and no database."""

    def run(settings: dict[str, Any], name: str, password: str) -> ldap.Person | None:
        instance(**settings)
        with make("testing").app_context():
            return ldap.sign_in(name, password)

    return run


@pytest.fixture
def site(app: Flask, make: Callable[..., Flask], instance: Callable[..., Path]) -> Callable[..., Flask]:
    """site(settings) is the application with the local user ada, on each engine."""

    def build(settings: dict[str, Any]) -> Flask:
        instance(**settings)
        return make("testing")

    return build


@pytest.mark.parametrize("uri", ["plain", "secure"])
def test_the_right_password_signs_in_by_starttls_and_by_ldaps(ask, slapd, way, uri):
    way["LDAP_URI"] = getattr(slapd, uri)
    assert ask(way, "alan", slapd.password) == ("alan", "admin")
    assert ask(way, "grace", slapd.password) == ("grace", "author")


@pytest.mark.parametrize("name", ["alan", "barbara", "nobody", "Alan "])
def test_a_wrong_password_and_an_unknown_name_are_nobody(ask, slapd, way, name):
    assert ask(way, name, "wrong" + slapd.password) is None


@pytest.mark.parametrize(
    ("name", "password"), [("alan", ""), ("nobody", ""), ("", ""), ("alan\uffff", "x"), ("al\ufffe", "x")]
)
def test_no_password_and_no_text_never_reach_the_server(ask, way, name, password):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        way["LDAP_URI"] = f"ldap://127.0.0.1:{server.getsockname()[1]}"
        assert ask(way, name, password) is None
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize(
    "name",
    ["*", "al*", "alan)(uid=*", "*)(uid=*))(|(uid=*", "alan)(|(objectClass=*", "alan,ou=people", f"alan,{PEOPLE}",
     "alan\0", "al\0*", "\\61lan", "\\2a", "alan#", "{dn}", "{name}", "{name.__class__}", "alan+sn=x", '"alan"',
     "\ud800", "alan\n", "x" * 65],
)  # fmt: skip
def test_a_name_is_a_value_and_nothing_more(ask, slapd, way, name):
    assert ask(way, name, slapd.password) is None


def test_a_name_of_special_characters_is_its_own(ask, slapd, way):
    del way["LDAP_ROLES"], way["LDAP_GROUP_BASE"]
    assert ask(way, ODD, slapd.password) == (ODD, "author")


def test_an_odd_name_finds_its_groups(ask, slapd, way):
    assert ask(way, ODD, slapd.password) is None
    with slapd.member(OWNERS, "odd\\2c (*)\\5c\\2b"):
        assert ask(way, ODD, slapd.password) == (ODD, "admin")


@pytest.mark.parametrize("name", ["grace", "Grace", "GRACE", " grace ", "ｇｒａｃｅ", "grace@example.org"])  # noqa: RUF001
def test_one_person_has_one_name(ask, slapd, settings, name):
    settings["LDAP_SEARCH_FILTER"] = "(|(uid={name})(mail={name}))"
    assert ask(settings, name, slapd.password) == ("grace", "author")


def test_a_search_must_find_exactly_one(ask, slapd, settings, caplog):
    del settings["LDAP_ROLES"], settings["LDAP_GROUP_BASE"]
    assert ask(settings, "twin", slapd.password) == ("twin", "author")
    assert ask({**settings, "LDAP_SEARCH_BASE": ROOT}, "twin", slapd.password) is None
    assert "LDAP_SEARCH_FILTER finds 2 entries" in caplog.text
    everybody = {"LDAP_SEARCH_BASE": ROOT, "LDAP_SEARCH_FILTER": "(|(uid={name})(objectClass=inetOrgPerson))"}
    assert ask(settings | everybody, "alan", slapd.password) is None
    assert "LDAP_SEARCH_FILTER finds 3 entries" in caplog.text  # it looked for no more


def test_two_values_of_the_name_are_none(ask, slapd, settings, caplog):
    assert ask(settings, "edsger", slapd.password) is None
    assert ask(settings, "dijkstra", slapd.password) is None
    assert caplog.text.count(f"uid=edsger,{PEOPLE} must have one uid (LDAP_NAME_ATTRIBUTE)") == 2


def test_a_search_may_need_no_account(ask, slapd, settings):
    del settings["LDAP_SEARCH_DN"], settings["LDAP_SEARCH_PASSWORD"]
    assert ask(settings, "alan", slapd.password) == ("alan", "admin")  # the user may read the groups


def test_another_attribute_may_be_the_name(ask, slapd, settings):
    settings |= {"LDAP_NAME_ATTRIBUTE": "mail", "LDAP_GROUP_FILTER": "(|(member={dn})(cn={name}))"}
    assert ask(settings, "alan", slapd.password) == ("alan@example.org", "admin")


def test_nobody_in_no_group_signs_in(ask, slapd, way, caplog):
    assert ask(way, "barbara", slapd.password) is None
    assert f"'barbara' may not sign in with the directory: uid=barbara,{PEOPLE} is in no group" in caplog.text
    assert slapd.password not in caplog.text


@contextlib.contextmanager
def unavailable(caplog: pytest.LogCaptureFixture, reason: str, secret: str) -> Iterator[None]:
    """The message is for users, the reason in one line of the log, without the password."""
    with pytest.raises(ldap.Unavailable, match=r"The directory does not answer\. Accounts of this site can sign in"):
        yield
    (line,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert re.search(reason, line), line
    assert "\n" not in line
    assert secret not in caplog.text
    caplog.clear()


@pytest.mark.parametrize("uri", ["plain", "secure"])
def test_a_certificate_must_be_signed_by_the_authority(ask, slapd, way, uri, tmp_path, caplog):
    certify(tmp_path, "other", "127.0.0.1")
    way["LDAP_URI"] = getattr(slapd, uri)
    for file in (str(tmp_path / "authority.pem"), ""):
        with unavailable(caplog, r"signed by LDAP_CA_FILE, and for this host\?", slapd.password):
            ask({**way, "LDAP_CA_FILE": file}, "alan", slapd.password)


@pytest.mark.parametrize("uri", ["plain", "secure"])
def test_a_certificate_must_be_for_the_host(ask, slapd, way, uri, caplog):
    way["LDAP_URI"] = getattr(slapd, uri).replace("127.0.0.1", "127.0.0.2")
    with unavailable(caplog, r"signed by LDAP_CA_FILE, and for this host\?", slapd.password):
        ask(way, "alan", slapd.password)


def test_what_the_surroundings_say_of_tls_does_not_count(ask, slapd, way, caplog, monkeypatch, tmp_path):
    monkeypatch.setenv("LDAPTLS_REQCERT", "never")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ldaprc").write_text("TLS_REQCERT never\n")
    with unavailable(caplog, "signed by LDAP_CA_FILE", slapd.password):
        ask({**way, "LDAP_CA_FILE": ""}, "alan", slapd.password)


def test_a_server_that_wants_encryption_gets_no_password_without(ask, slapd, way, caplog):
    with unavailable(caplog, "CONFIDENTIALITY_REQUIRED", slapd.password):
        ask({**way, "LDAP_STARTTLS": False}, "alan", slapd.password)


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("LDAP_SEARCH_PASSWORD", "wrong", "INVALID_CREDENTIALS: of LDAP_SEARCH_DN and LDAP_SEARCH_PASSWORD"),
        ("LDAP_SEARCH_BASE", "ou=nowhere,dc=example,dc=org", "NO_SUCH_OBJECT"),
        ("LDAP_SEARCH_FILTER", "(uid{name})", "FILTER_ERROR"),
        ("LDAP_GROUP_BASE", "ou=nowhere,dc=example,dc=org", "NO_SUCH_OBJECT"),
        ("LDAP_ROLES", {"=": "admin"}, "DECODING_ERROR"),
    ],
)
def test_what_cannot_be_asked_is_logged_and_nobody_signs_in(ask, slapd, settings, setting, value, reason, caplog):
    with unavailable(caplog, reason, slapd.password):
        ask({**settings, setting: value}, "alan", slapd.password)


def test_a_closed_port_is_found_out_at_once(ask, way, caplog):
    way |= {"LDAP_URI": f"ldap://127.0.0.1:{free_port('127.0.0.1')}", "LDAP_TIMEOUT": SLACK + 5}
    began = time.monotonic()
    with unavailable(caplog, "SERVER_DOWN: Can't contact LDAP server", "secret"):
        ask(way, "alan", "secret")
    assert time.monotonic() - began < SLACK


def test_an_unknown_host_is_no_riddle(ask, way, caplog):
    way |= {"LDAP_URI": "ldap://directory.invalid", "LDAP_TIMEOUT": 2}
    with unavailable(caplog, "directory.invalid", "secret"):
        ask(way, "alan", "secret")


@contextlib.contextmanager
def silent(*talk: Callable[[socket.socket], object]) -> Iterator[int]:
    """The port of a server that does to each connection what `talk` says, and nothing after it."""
    held: list[object] = []

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                held.append(connection)
                for each in talk:
                    held.append(each(connection))

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for each in held:
                if isinstance(each, socket.socket):
                    each.close()


def starttls(connection: socket.socket) -> None:
    """Read the request to begin TLS, and agree."""
    connection.recv(1024)
    connection.sendall(STARTTLS_ACCEPTED)


@pytest.mark.parametrize(
    ("scheme", "where"),
    [("ldap", "at once"), ("ldap", "after StartTLS"), ("ldap", "after TLS"), ("ldaps", "at once"),
     ("ldaps", "after TLS"), ("ldap", "in clear")],
)  # fmt: skip
def test_a_server_that_falls_silent_costs_the_timeout(ask, slapd, way, scheme, where, caplog):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(slapd.folder / "server.pem", slapd.folder / "server.key")

    def tls(connection: socket.socket) -> object:
        return context.wrap_socket(connection, server_side=True)

    begun = [starttls] if scheme == "ldap" and where.startswith("after") else []
    with silent(*begun, *([tls] if where == "after TLS" else [])) as port:
        way |= {"LDAP_URI": f"{scheme}://127.0.0.1:{port}", "LDAP_TIMEOUT": 1, "LDAP_STARTTLS": where != "in clear"}
        began = time.monotonic()
        with unavailable(caplog, f"{scheme}://127.0.0.1:{port} gave no answer in 1 s", "secret"):
            ask(way, "alan", "secret")
        assert 1 <= time.monotonic() - began < 1 + SLACK


def test_a_frozen_slapd_costs_the_timeout_once_and_is_well_again(slapd, settings, make, instance, caplog):
    instance(**settings, LDAP_TIMEOUT=2.5)
    with make("testing").app_context():
        with slapd.frozen():
            began = time.monotonic()
            with unavailable(caplog, "gave no answer in 2.5 s", slapd.password):
                ldap.sign_in("alan", slapd.password)
            assert 2.5 <= time.monotonic() - began < 2.5 + SLACK
            began = time.monotonic()
            with pytest.raises(ldap.Unavailable):  # it was dead a moment ago: nobody waits for it again so soon
                ldap.sign_in("grace", slapd.password)
            assert time.monotonic() - began < 2.5
            assert not caplog.records
        time.sleep(2.5)
        assert ldap.sign_in("alan", slapd.password) == ("alan", "admin")


def test_the_process_that_asks_ends_by_itself_when_nobody_waits_for_it(slapd, settings, make, instance):
    instance(**settings, LDAP_TIMEOUT=1)
    config = {key: value for key, value in make("testing").config.items() if key.startswith("LDAP_")}
    packages = str(Path(json.__file__).parent)  # python-ldap is in this Python's own
    with slapd.frozen(), subprocess.Popen([sys.executable, "-I", ldap.CLIENT, packages], stdin=subprocess.PIPE) as left:
        left.stdin.write(json.dumps({**config, "name": "alan", "password": "secret"}).encode())
        left.stdin.close()
        assert left.wait(10) == -signal.SIGALRM


def test_only_some_ask_at_once(slapd, settings, make, instance):
    instance(**settings, LDAP_TIMEOUT=2.5)
    app = make("testing")

    def attempt(name: str) -> float:
        began = time.monotonic()
        with app.app_context(), pytest.raises(ldap.Unavailable):
            ldap.sign_in(name, "secret")
        return time.monotonic() - began

    held = contextlib.ExitStack()
    for _ in range(ldap.AT_ONCE):
        held.enter_context(app.extensions["ldap"].turns.turn())
    assert turns.WAIT <= attempt("alan") < 2.5
    held.close()
    with app.app_context():
        assert ldap.sign_in("alan", slapd.password + "x") is None
        assert ldap.sign_in("alan", slapd.password) == ("alan", "admin")


def test_a_python_without_the_library_is_said(way, make, instance, monkeypatch, caplog):
    instance(**way)
    app = make("testing")
    monkeypatch.setattr(ldap, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    with app.app_context(), unavailable(caplog, "ended without an answer: ModuleNotFoundError", "secret"):
        ldap.sign_in("alan", "secret")


def test_a_directory_user_signs_in_beside_local_ones(site, slapd, way):
    app = site(way)
    assert sign_in(app.test_client()).status_code == 303
    client = app.test_client()
    assert sign_in(client, name="Alan", password=slapd.password).status_code == 303
    assert "Welcome, alan." in client.get("/").text
    assert sign_in(app.test_client(), name="alan", password=slapd.password).status_code == 303
    with app.app_context():
        users = {user.name: (user.role, bool(user.password_hash)) for user in db.session.query(User)}
    assert users == {"ada": ("author", True), "alan": ("admin", False)}


def test_the_role_is_the_groups_at_each_sign_in(site, slapd, way):
    app = site(way)

    def role() -> str | None:
        with app.app_context():
            user = authenticate("barbara", slapd.password)
            db.session.commit()
            return user and user.role

    assert role() is None
    with slapd.member(EDITORS, "barbara"):
        assert role() == "author"
        with slapd.member(OWNERS, "barbara"):
            assert role() == "admin"
        assert role() == "author"
    assert role() is None
    with app.app_context():
        assert find("barbara").role == "author"


def test_a_local_name_in_any_case_is_never_asked_of_the_directory(site, slapd, way):
    del way["LDAP_ROLES"], way["LDAP_GROUP_BASE"]
    app = site(way)
    with app.app_context():
        db.session.add(User(name="Grace", password_hash=hash_of(PASSWORD)))
        db.session.commit()
        for name in ("ada", "Ada", "ADA ", "grace", "GRACE", "ｇrace"):  # noqa: RUF001
            assert authenticate(name, slapd.password) is None
        assert authenticate("barbara", slapd.password).name == "barbara"
        app.extensions["ldap"] = None  # whoever asks the directory now, fails
        assert authenticate("Ada", PASSWORD) is None
        assert authenticate("ada", PASSWORD).name == "ada"


def test_no_other_name_of_the_directory_leads_to_a_local_user(site, slapd, settings):
    del settings["LDAP_ROLES"], settings["LDAP_GROUP_BASE"]
    app = site({**settings, "LDAP_SEARCH_FILTER": "(mail={name})"})
    with app.app_context():
        assert authenticate("ada@example.org", slapd.password) is None
        assert authenticate("alan@example.org", slapd.password).name == "alan"


def test_a_disabled_user_stays_out(site, slapd, way):
    app = site(way)
    with app.app_context():
        authenticate("alan", slapd.password)
        find("alan").active, find("ada").active = False, False
        db.session.commit()
        assert authenticate("alan", slapd.password) is None
        assert authenticate("ALAN", slapd.password) is None
        assert authenticate("ada", PASSWORD) is None


def test_who_comes_twice_at_once_for_the_first_time_is_one_user(site, slapd, way):
    app = site(way)
    with ThreadPoolExecutor(2) as pool:
        clients = [app.test_client() for _ in range(2)]
        answers = list(pool.map(lambda client: sign_in(client, name="alan", password=slapd.password), clients))
    assert [answer.status_code for answer in answers] == [303] * 2
    with app.app_context():
        assert db.session.query(User).filter_by(name="alan").count() == 1


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(site, slapd, way):
    client, pages = site(way).test_client(), set()
    for name in ("ada", "alan", "nobody"):
        answer = sign_in(client, name=name, password="wrong")
        assert answer.status_code == 400
        pages.add(re.sub(rf'"{name}"|name="csrf_token".*?>', "", answer.text))
    assert len(pages) == 1
    assert WRONG in pages.pop()


def test_five_failures_however_the_name_is_written_are_enough(site, slapd, settings):
    app = site(settings)
    for name in ("alan", "Alan", "ALAN", "aLan", "alaN"):
        assert sign_in(app.test_client(), name=name, password="wrong").status_code == 400
    refused = sign_in(app.test_client(), name="alan", password=slapd.password)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 15 * 60
    assert sign_in(app.test_client()).status_code == 303


def test_an_unavailable_directory_is_nobodys_failure(site, slapd, settings):
    app = site({**settings, "LDAP_URI": f"ldap://127.0.0.1:{free_port('127.0.0.1')}", "LDAP_TIMEOUT": 0.5})
    for _ in range(7):
        answer = sign_in(app.test_client(), name="alan", password="wrong")
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "10"
        assert "The directory does not answer. Accounts of this site can sign in as ever." in answer.text
    app.config["LDAP_URI"] = slapd.plain
    app.config["LDAP_TIMEOUT"] = 5
    time.sleep(0.6)
    assert sign_in(app.test_client(), name="alan", password=slapd.password).status_code == 303


def test_local_users_sign_in_while_others_wait_for_a_silent_directory(site, settings):
    with silent() as port, ThreadPoolExecutor(3) as pool:
        app = site({**settings, "LDAP_URI": f"ldaps://127.0.0.1:{port}", "LDAP_TIMEOUT": 6})
        waiting = [pool.submit(sign_in, app.test_client(), name=name, password="x") for name in ("alan", "grace", "x")]
        wait(waiting, timeout=5, return_when=FIRST_COMPLETED)
        assert sign_in(app.test_client()).status_code == 303
        assert sum(each.done() for each in waiting) == 1, "the directory keeps two threads, no more"
        assert [each.result().status_code for each in waiting] == [503] * 3
