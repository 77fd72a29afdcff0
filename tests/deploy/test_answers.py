"""When what clients get speaks against a release, by the application's own log."""

import json

import pytest

from deploy import bundle
from deploy.rollout import plan
from deploy.settings import configuration
from deploy.site import answers
from deploy.site.release import Root

from .conftest import PROJECT


@pytest.fixture
def release(tmp_path):
    chosen, root = configuration.load(PROJECT, "production", {}), Root(tmp_path)
    root.requests.parent.mkdir(parents=True)
    return plan.draft(root, PROJECT, "production", chosen, bundle.target("gunicorn", chosen), tmp_path, "", "new")


def log(release, name, *statuses, **fields):
    line = {"release": name, "method": "GET", "path": "/x", **fields}
    with open(release.root.requests, "a") as file:
        for status in statuses:
            file.write(json.dumps({**line, "status": status}) + "\n")


CASES = [
    pytest.param([200] * 20, [200] * 20, False, id="well"),
    pytest.param([200] * 20, [500, 500], False, id="too-few-to-tell"),
    pytest.param([200] * 20, [200] * 2 + [500] * 3, True, id="worse"),
    pytest.param([200] * 20, [200] * 3 + [500] * 3, False, id="others-get-it"),
    pytest.param([200, 200, 500], [500] * 10, False, id="failed-before-too"),
    pytest.param([], [503] * 60, False, id="never-asked-before"),
]


@pytest.mark.parametrize(("old", "new", "speaks"), CASES)
def test_server_errors_speak_against_a_release_that_is_worse(release, old, new, speaks):
    log(release, "old", *old)
    place = answers.logged(release.root)
    log(release, "new", *new)
    assert bool(answers.errors(release, place)) == speaks


def test_a_request_is_known_by_its_route_and_method(release):
    log(release, "old", *[200] * 5, path="/entries/1", route="/entries/<int:id>")
    log(release, "old", *[200] * 5, path="/sign-in")
    place = answers.logged(release.root)
    log(release, "new", *[500] * 60, path="/sign-in", method="POST")
    assert answers.errors(release, place) == ""
    log(release, "new", *[500] * 3, path="/entries/2", route="/entries/<int:id>")
    assert "the last to GET '/entries/2'" in answers.errors(release, place)


def test_what_it_answered_before_it_was_gone_back_to_does_not_count(release):
    log(release, "old", *[200] * 20)
    log(release, "new", *[503] * 20)
    place = answers.logged(release.root)
    log(release, "new", *[200] * 5)
    assert answers.errors(release, place) == ""


def test_what_is_said_names_the_last_one_and_is_one_line(release):
    log(release, "old", 200, path="/a\nb")
    log(release, "new", 500, 500, 200, 500, path="/a\nb")
    with open(release.root.requests, "a") as file:
        file.write('{"release": "new", "status": 500, "pa')
    said = answers.errors(release, 0)
    assert said == "clients got 3 server errors of new where there were none before, the last to GET '/a\\nb'"


def test_an_application_without_such_a_log_is_not_judged(release):
    assert answers.logged(release.root) == 0
    assert answers.errors(release, 0) == ""
    log(release, "old", 200)
    log(release, "new", *[500] * 5)
    assert answers.errors(release, 10**6)  # the log was rotated meanwhile
