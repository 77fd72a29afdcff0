"""What the tool says, and to whom: sentences about the project, and nobody at all when the reader has gone."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.errors import Failed
from deploy.machine.run import Local
from deploy.rollout.steps import install
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
    assert (done.returncode, done.stderr) == (0, "")
    assert fresh_site.get()[0] == 200


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
        install.environment(Local(os.environ), Path(sys.executable), tmp_path / "venvs" / "half", [lock])
    assert list((tmp_path / "venvs").iterdir()) == []
