"""What the tool says, and to whom: sentences about the project, and nobody at all when the reader has gone."""

import contextlib
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import deploy.site.environments
from deploy.cli import colours
from deploy.errors import Failed
from deploy.machine.run import Local
from deploy.site import commit
from tests import environments

from .conftest import PROJECT


@pytest.fixture
def fresh_site(fresh_site):
    environments.bring(fresh_site.root, PROJECT, "gunicorn")
    return fresh_site


@pytest.fixture
def nobody():
    """The writing end of a pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


def test_a_reader_who_has_had_enough_sees_no_traceback(nobody):
    argv = [sys.executable, "-m", "deploy", "render", "gunicorn"]
    done = subprocess.run(argv, cwd=PROJECT, text=True, stdout=nobody, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize(
    ("words", "fault", "command"),
    [
        pytest.param([], "the following arguments are required: COMMAND", "", id="nothing"),
        pytest.param(["deploy"], "invalid choice: 'deploy'", "", id="command"),
        pytest.param(["up"], "the following arguments are required: ADAPTER", " up", id="adapter"),
        pytest.param(["up", "cgi", "LINES=3"], "unrecognized arguments: --lines=3", "", id="flag"),
        pytest.param(["logs", "LINES=many"], "argument --lines: invalid int value: 'many'", " logs", id="number"),
    ],
)
def test_a_wrong_command_line_gets_one_sentence(words, fault, command):
    argv = [sys.executable, "-m", "deploy", *words]
    done = subprocess.run(argv, cwd=PROJECT, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("deploy: ")
    assert done.stderr.endswith(f": 'python -m deploy{command} --help' says what there is\n")
    assert fault in done.stderr


def test_a_deployment_that_nobody_watches_is_brought_to_its_end(fresh_site, nobody):
    argv = [sys.executable, "-m", "deploy", "up", "gunicorn", f"ROOT={fresh_site.root}", f"PORT={fresh_site.port}",
            "APPLICATION=tests.deploy.sites:plain"]  # fmt: skip
    done = subprocess.run(argv, cwd=PROJECT, text=True, stdout=nobody, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["next", "next"]
    assert fresh_site.get()[0] == 200


def test_who_deploys_for_the_first_time_is_told_what_comes_next_and_later_nobody_is(fresh_site):
    first = fresh_site.up("gunicorn")
    assert first.stdout.splitlines()[-1].startswith("live: ")
    looking, reaching = first.stderr.splitlines()
    assert looking.startswith(f"next: make status ROOT={fresh_site.root} says how it does")
    assert f"after a reboot, make start ROOT={fresh_site.root}; ADDRESS=0.0.0.0 lets other machines in" in reaching
    assert fresh_site.up("gunicorn").stderr == ""


def test_what_is_in_no_commit_is_remarked_before_it_is_deployed(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-C", str(project)]
    host = Local(os.environ)
    assert commit.uncommitted(host, project) == []
    for name in ("kept.py", "changed.py"):
        (project / name).write_text("")
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "all"]):
        subprocess.run([*git, *words], check=True)
    assert commit.uncommitted(host, project) == []
    (project / "changed.py").write_text("pass")
    (project / "new.py").write_text("")
    assert commit.uncommitted(host, project) == ["not committed, and deployed as it is: changed.py, new.py"]
    assert commit.named(host, project).endswith("+")


@pytest.mark.parametrize(
    ("environ", "coloured"),
    [
        pytest.param({"TERM": "xterm"}, True, id="terminal"),
        pytest.param({"TERM": "xterm", "NO_COLOR": "1"}, False, id="no-color"),
        pytest.param({"TERM": "dumb"}, False, id="dumb"),
    ],
)
def test_colours_are_for_a_terminal_that_wants_them(tmp_path, environ, coloured):
    ours, theirs = pty.openpty()
    argv = [sys.executable, "-m", "deploy", "status", f"ROOT={tmp_path}"]
    usual = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    with contextlib.ExitStack() as opened:
        opened.callback(os.close, ours)
        try:
            done = subprocess.run(
                argv, cwd=PROJECT, env={**usual, **environ}, stdout=theirs, stderr=theirs, check=False
            )
        finally:
            os.close(theirs)
        shown = os.read(ours, 4096).decode()
    assert done.returncode == 2
    assert shown.startswith("\x1b[31mdeploy:\x1b[0m nothing" if coloured else "deploy: nothing")


def test_no_colour_stands_for_what_no_word_says():
    for line in ("live: x", "ok       port         y", "wrong    port         y", "ready     no: z"):
        assert re.sub("\x1b\\[\\d+m", "", colours.paint(line)) == line != colours.paint(line)
    assert colours.paint("okay then") == "okay then"


def test_an_application_that_cannot_be_found_is_missing_in_the_project(fresh_site):
    done = fresh_site.up("gunicorn", "nowhere:app")
    assert done.returncode == 2
    assert (
        done.stderr == f"deploy: application 'nowhere:app': there is no module nowhere in {PROJECT}\nnothing is live\n"
    )


def test_a_setting_in_small_letters_counts_and_one_in_the_environment_is_told_of():
    argv = [sys.executable, "-m", "deploy", "render", "gunicorn", "port=8081", "--format", "json"]
    environ = {**os.environ, "THREADS": "9", "PORT": "9", "USER": "ada"}
    done = subprocess.run(argv, cwd=PROJECT, text=True, capture_output=True, check=False, env=environ)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)["deploy"]
    assert (shown["port"], shown["threads"]) == (8081, 4)
    assert done.stderr == ("note: THREADS=9 stands in the environment, which is not read: give it after the command's "
                           "name, as in 'make deploy-gunicorn THREADS=9'\n")  # fmt: skip


def test_make_alone_needs_no_package_beyond_debians_required_ones(tmp_path):
    """Debian's column is in a package that a bare system lacks."""
    for name in ("make", "sh", "sed", "echo"):
        (tmp_path / name).symlink_to(shutil.which(name))
    done = subprocess.run([tmp_path / "make", "-s"], cwd=PROJECT, env={"PATH": str(tmp_path)}, text=True,
                          capture_output=True, check=False)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "\n  make status          what is live" in done.stdout


def test_an_environment_that_cannot_be_completed_is_not_kept(tmp_path):
    """It may be what has filled the disk."""
    lock = tmp_path / "lock.txt"
    lock.write_text(f"{tmp_path}/nothing-1-py3-none-any.whl\n")
    with pytest.raises(Failed, match="nothing-1"):
        deploy.site.environments.make(Local(os.environ), Path(sys.executable), tmp_path / "venvs" / "half", [lock])
    assert list((tmp_path / "venvs").iterdir()) == []
