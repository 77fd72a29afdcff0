"""What the settings `release` and `release_undo` name is run, once and exactly as named; nothing is run by guessing."""

import json
import time

import pytest

from tests import project

from .conftest import make_site, remove_site

BOARD = """
import json, os, sqlite3
import click
from flask import Flask, current_app, has_app_context, request

def create_app():
    app = Flask(__name__, instance_relative_config=True)
    app.config.from_file("config.json", json.load, silent=True)
    path = os.path.join(app.config["DATA_FOLDER"], "board.sqlite")

    def ask(*words):
        with sqlite3.connect(path) as database:
            return database.execute(*words).fetchall()

    app.get("/", endpoint="all")(lambda: "".join(text for (text,) in ask("SELECT text FROM note")))
    app.post("/")(lambda: str(ask("INSERT INTO note VALUES (?)", [request.get_data(as_text=True)])))

    @click.command("init-db")
    def init():
        with sqlite3.connect(path) as database:
            database.executescript("DROP TABLE IF EXISTS note; CREATE TABLE note (text);")
        print(f"cleared {has_app_context()}")

    app.cli.add_command(init)
    return app
"""
POLLER = """
import threading, time
from flask import Flask
app = Flask(__name__)
app.get("/")(lambda: "poller")
threading.Thread(target=time.sleep, args=[600], name="poll").start()
"""
HELPER = """
import subprocess
subprocess.Popen(["sleep", "601"])
def app(environ, start_response):
    start_response("200 OK", [])
    return [b"helper"]
"""
SHOP = "from importlib.metadata import version\n__version__ = version('shop')\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Of a project with these applications, whose configuration names a command of ours."""
    folder = project.copy(tmp_path_factory.mktemp("project"), project.TOOL)
    for name, text in {"board": BOARD, "poller": POLLER, "helper": HELPER, "shop": SHOP}.items():
        (folder / f"{name}.py").write_text(text)
    made = make_site(folder)
    yield made
    remove_site(made)


def post(site, text):
    import urllib.request

    with urllib.request.urlopen(f"http://127.0.0.1:{site.port}/", text.encode()) as reply:
        assert reply.status == 200


def test_what_an_application_calls_init_db_is_run_when_it_is_asked_for_and_never_else(site):
    """Flask's own tutorial clears all tables in it."""
    site.live("gevent", "board:create_app()", RELEASE="flask init-db")
    ran = "cleared True"
    assert site.output.count(ran) == 1
    assert "note:" not in site.output
    post(site, "a word")
    site.live("gevent", "board:create_app()")
    assert "cleared" not in site.output
    told = "note: the project has a command 'flask init-db', which was not run: RELEASE='flask init-db' runs it in one"
    assert [line.partition(" deployment,")[0] for line in site.output.splitlines() if "note:" in line] == [told]
    assert site.get()[2] == "a word"


def test_the_commands_run_in_the_release_in_their_order_until_one_fails(site):
    serving = site.live("gevent", "board:create_app()")
    words = ["python -c 'import os, flask; print(os.getcwd())'", "sh -c 'echo two && echo three && echo four'"]
    release = site.live("gevent", "board:create_app()", RELEASE=json.dumps(words))
    assert f"{site.root}/releases/{release}; three; four" in site.output
    data = site.root / "shared" / "data"
    words = [f"touch {data}/first", "sh -c 'echo no cellar; exit 4'", f"touch {data}/third"]
    done = site.up("gevent", "board:create_app()", RELEASE=json.dumps(words), KEEP_RELEASES=9)
    assert done.returncode == 1
    assert "sh -c 'echo no cellar; exit 4' exited 4:\nno cellar" in done.stderr
    assert [path.name for path in data.glob("*ir*")] == ["first"]
    assert site.get()[1] == release != serving
    done = site.up("gevent", "board:create_app()", RELEASE="flask init-cellar")
    assert done.returncode == 1
    assert "No such command 'init-cellar'" in done.stderr


def test_a_thread_that_an_application_starts_keeps_no_deployment_waiting(site):
    began = time.monotonic()
    site.live("gevent", "poller:app", GRACEFUL_TIMEOUT=1)
    assert "note: 'poll', a thread that the application starts when it is imported" in site.output
    done = site.up("gevent", "poller:app", GRACEFUL_TIMEOUT=1, RELEASE="flask routes", RELEASE_TIMEOUT=2)
    assert time.monotonic() - began < 60
    assert done.returncode == 1
    assert "flask routes: " in done.stderr
    assert "did not end within 2 s; it said:\nEndpoint" in done.stderr
    assert "it may be kept from ending by 'poll'" in done.stderr


def test_a_program_that_an_application_starts_keeps_no_deployment_waiting(site):
    began = time.monotonic()
    site.live("gevent", "helper:app")
    assert time.monotonic() - began < 60
    assert "note: the application starts sleep 601 when it is imported" in site.output


def test_a_project_that_asks_for_its_own_version_is_told_that_it_is_not_installed(site):
    done = site.up("gevent", "shop:app")
    assert done.returncode == 2
    assert "PackageNotFoundError: No package metadata was found for shop" in done.stderr
    assert "write the project's own version into its code" in done.stderr
    assert "no module" not in done.stderr


def test_a_downgrade_needs_commands_of_the_release_that_is_left(site):
    for _ in range(2):
        serving = site.live("gevent", "board:create_app()", RELEASE="flask init-db")
    done = site.run("rollback", "DOWNGRADE=yes")
    assert done.returncode == 2
    assert f"DOWNGRADE=yes, but release {serving} names no commands for that: the setting release_undo" in done.stderr
    assert site.get()[1] == serving


def test_every_environment_of_ours_names_its_commands():
    """The file's commands are for the file's application, and for no other that is deployed from the same folder."""
    from deploy.settings import configuration

    ours = configuration.load(project.PROJECT, "production", {})
    assert (ours.application, ours.release) == ("yourapplication:create_app()", ["flask init-db"])
    other = configuration.load(project.PROJECT, "production", {"application": "board:create_app()"})
    assert (other.release, other.release_undo) == ([], [])
    given = {"application": "board:create_app()", "release": "flask init-db"}
    assert configuration.load(project.PROJECT, "production", given).release == ["flask init-db"]


def test_an_error_names_what_of_the_project_was_left_out(site):
    (site.project / "read.py").write_text("text = open(__file__.replace('read.py', 'var/plan.txt')).read()\n")
    (site.project / "var").mkdir()
    (site.project / "var" / "plan.txt").touch()
    done = site.up("gevent", "read:app")
    assert done.returncode == 2
    assert "note: left out of the release, as sites are put there: var/" in done.stdout
    assert f"No such file or directory: '{site.project}/var/plan.txt'" in done.stderr
    assert "\nvar/ was left out of the release, as sites are put there" in done.stderr
    (site.project / "secrets_of.py").write_text("import instance.settings\n")
    (site.project / "instance").mkdir()
    (site.project / "instance" / "settings.py").touch()
    done = site.up("gevent", "secrets_of:app")
    assert "No module named 'instance.settings'" in done.stderr
    assert "\ninstance/ was left out of the release, as each release has its own" in done.stderr


def test_the_configuration_of_a_release_is_for_who_runs_it(site):
    import os
    import stat

    release = site.live("gevent", "board:create_app()", RELEASE="flask init-db")
    for name in ("config.json", "serve.json"):
        about = (site.root / "releases" / release / "instance" / name).stat()
        assert stat.S_IMODE(about.st_mode) == (0o400 if os.geteuid() else 0o440)
