"""Releases that fail, one after the other, while an earlier one serves."""

import os

import pytest

from tests import environments


@pytest.fixture(scope="module")
def serving(site):
    """The release that all the others leave alone."""
    release = site.live("gevent")
    environments.bring(site.root, site.project, "gunicorn")  # a deployment that is live removes what no release uses
    return release


BEFORE_IT_IS_STARTED = [  # by an adapter, which does not matter yet
    pytest.param("gevent", "tests.deploy.nowhere:app", 2, "no module tests.deploy.nowhere", id="no-module"),
    pytest.param("gevent", "tests.deploy.sites:nobody", 2, "nobody", id="no-attribute"),
    pytest.param("gevent", "tests.deploy.sites:dying", 2, "is written tests.deploy.sites:dying()", id="factory"),
    pytest.param("gevent", "tests.deploy.sites:not_callable", 2, "is a dict, not a WSGI callable", id="not-callable"),
    pytest.param("gevent", "tests.deploy.sites:unready", 1, "the coffee is cold", id="not-ready"),
]
AFTERWARDS = [
    pytest.param(adapter, f"tests.deploy.sites:{application}", 1, message, id=f"{adapter}-{application}")
    for application, message in {"dying()": "not ready within 3 s", "served_broken": "was answered 500"}.items()
    for adapter in ("gevent", "gunicorn")
]


@pytest.mark.parametrize(("adapter", "application", "code", "message"), [*BEFORE_IT_IS_STARTED, *AFTERWARDS])
def test_a_broken_release_leaves_the_earlier_one_serving(site, serving, adapter, application, code, message):
    kept = sorted((site.root / "releases").iterdir())
    done = site.up(adapter, application, START_TIMEOUT=3)
    assert done.returncode == code, done.stdout + done.stderr
    assert message in done.stderr
    assert done.stderr.splitlines()[-1] == f"still live: release {serving}, adapter gevent"
    assert site.get()[:2] == (200, serving)
    assert os.readlink(site.root / "current") == f"releases/{serving}"
    assert sorted((site.root / "releases").iterdir()) == kept
    assert not (site.root / "lock").exists()


def test_a_stranger_to_flask_is_told_so(site, serving):
    done = site.run("flask", "--", "user", "list")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("deploy: tests.deploy.sites:plain has no Flask commands")


def test_an_import_that_fails_is_explained_once(site, serving):
    done = site.up("gevent", "tests.deploy.sites:failing()")
    assert done.returncode == 2
    assert done.stderr.count("the cellar is flooded") == 1
    assert "importlib" not in done.stderr
    assert 'in failing\n    raise RuntimeError("the " + "cellar is flooded")' in done.stderr
    assert "before that it printed:\na word of its own" in done.stderr
