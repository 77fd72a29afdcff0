"""What an application finds around it in commands is what it finds when it is served (law 10 of the contract)."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.contract import around

from . import live

APPLICATION = """
import argparse, sys
import around

argparse.ArgumentParser().parse_args()  # it is started by nobody who has options for it
from flask import Flask
import click, json

app = Flask(__name__)
app.get("/readyz")(lambda: json.dumps(around.seen()))

@app.cli.command()
@click.argument("words", nargs=-1)
def look(words):
    print(json.dumps(around.seen()))
"""
MISLEADING = {
    "HOME": "/nowhere", "TZ": "Asia/Tokyo", "LC_ALL": "C", "PATH": "/usr/bin:/bin", "FLASK_APP": "other",
    "http_proxy": "http://proxy.example", "PYTHONPATH": "",
}  # fmt: skip


@pytest.fixture
def looking(release):
    (release / "looking.py").write_text(APPLICATION)
    (release / "around.py").write_text(Path(around.__file__).read_text())
    live.configure(release, application="looking:app")
    return release


def told(python, release, *words, umask=0o002):
    argv = [python, "-m", "deploy.adapters", *words]
    return subprocess.run(argv, cwd=release, env=MISLEADING, umask=umask, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)  # fmt: skip


def expected(release, python):
    return around.expected(str(release), os.path.dirname(os.path.dirname(python)), "looking:app", "")


@pytest.mark.parametrize("words", [["flask", "look"], ["flask", "look", "--", "--port", "1"]], ids=" ".join)
def test_a_flask_command(looking, python, words):
    done = told(python, looking, "run", *words)
    assert done.returncode == 0, done.stderr
    found, right = json.loads(done.stdout), expected(looking, python)
    assert found["environ"].pop("FLASK_RUN_FROM_CLI") == "true"  # Flask's own, so that app.run() does nothing
    assert not around.differences(found, right)


def test_any_other_program(looking, python):
    """Its arguments are its own."""
    program = "import around, json, sys; print(json.dumps(around.seen()))"
    done = told(python, looking, "run", "python", "-c", program, "--port")
    assert done.returncode == 0, done.stderr
    found, right = json.loads(done.stdout), expected(looking, python)
    argv = {"argv": ["-c", "--port"], "argv at import": ["-c", "--port"], "path": ["", 1], "locale": found["locale"]}
    assert not around.differences(found, right | argv)


def test_a_program_that_is_not_there(looking, python):
    done = told(python, looking, "run", "nothing-of-the-kind")
    assert done.returncode == 1
    assert done.stderr.startswith("run: nothing-of-the-kind cannot be run (No such file or directory); PATH is /")


@pytest.mark.parametrize("words", [["preflight"], ["describe"]], ids=" ".join)
def test_an_application_that_reads_its_arguments_can_be_asked(looking, python, words):
    done = told(python, looking, *words)
    assert done.returncode == 0, done.stderr


def test_the_exit_code_of_a_command_is_its_own(looking, python):
    assert told(python, looking, "run", "flask", "nothing-of-the-kind").returncode == 2
    assert told(python, looking, "run", "sh", "-c", "exit 7").returncode == 7
