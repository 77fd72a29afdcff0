"""What the tool says, and to whom: sentences about the project, and nobody at all when the reader has gone."""

import os
import subprocess
import sys

import pytest

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
