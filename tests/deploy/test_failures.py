"""Releases that fail, one after the other, while an earlier one serves."""

import os

import pytest


@pytest.fixture(scope="module")
def serving(site):
    """The release that all the others leave alone."""
    return site.live("gevent")


@pytest.mark.parametrize(
    ("application", "code", "message"),
    [
        pytest.param("tests.deploy.nowhere:app", 2, "there is no module tests.deploy.nowhere", id="no-module"),
        pytest.param("tests.deploy.sites:nobody", 2, "nobody", id="no-attribute"),
        pytest.param("tests.deploy.sites:dying", 2, "a factory is written tests.deploy.sites:dying()", id="factory"),
        pytest.param("tests.deploy.sites:not_callable", 2, "is a dict, not a WSGI callable", id="not-callable"),
        pytest.param("tests.deploy.sites:unready", 1, "the coffee is cold", id="not-ready"),
        pytest.param("tests.deploy.sites:dying()", 1, "not ready within 3 s", id="dies-at-start"),
        pytest.param("tests.deploy.sites:served_broken", 1, "was answered 500", id="broken-when-served"),
    ],
)
@pytest.mark.parametrize("adapter", ["gevent", "gunicorn"])
def test_a_broken_release_leaves_the_earlier_one_serving(site, serving, application, code, message, adapter):
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
