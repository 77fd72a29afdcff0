"""A fault in each step of a deployment: clients notice nothing, and the next deployment needs no cleaning by hand."""

import pytest

from deploy import steps, undoing

from . import small
from .small import assert_clean, current, live, traces, words

DEPLOYMENT = [undoing.name(step) for step in steps.STEPS]
ROLLBACK = [undoing.name(step) for step in steps.ROLLBACK]
LONG = ("folders", "release", "install", "render", "start", "switch", "drain", "prune")  # they do many things


@pytest.fixture(scope="module")
def site():
    made = small.make()
    try:
        live(made)
        live(made)
        yield made
    finally:
        small.remove(made)


def fails_cleanly(site, run):
    """Either nothing has happened, or the release is live: with a disk that is full the last steps may go well."""
    before, serving = traces(site), current(site)
    code, said = run()
    assert code in (0, 1), said
    assert "Traceback" not in said
    assert (current(site) != serving) == (code == 0), said
    if code:
        assert traces(site) == before
        assert said.splitlines()[-1] == f"still live: release {serving}, adapter tornado"
    assert_clean(site)


@pytest.mark.root
@pytest.mark.parametrize("step", DEPLOYMENT)
def test_the_disk_is_full_in_a_step(site, faulty, step):
    fails_cleanly(site, lambda: faulty("full", step, "0", words(site)))


@pytest.mark.parametrize("step", DEPLOYMENT)
def test_a_step_fails(site, faulty, step):
    fails_cleanly(site, lambda: faulty("fail", step, "2", words(site)))


@pytest.mark.parametrize("step", DEPLOYMENT)
def test_the_deployment_is_killed_in_a_step(site, faulty, step):
    serving = current(site)
    for place in ("2", "end") if step in LONG else ("end",):
        code, said = faulty("kill", step, place, words(site))
        assert code == -9, said
        status, release, _ = site.get()
        assert (status, release in (serving, current(site))) == (200, True)
    new = live(site)
    assert_clean(site)
    assert current(site) == new


@pytest.mark.parametrize("step", ROLLBACK)
def test_a_rollback_that_is_killed(site, faulty, step):
    serving = current(site)
    other = max({path.name for path in (site.root / "releases").iterdir()} - {serving})
    code, said = faulty("kill", step, "2", ["rollback", f"RELEASE={other}"])
    assert code == -9, said
    status, release, _ = site.get()
    assert (status, release in (serving, current(site))) == (200, True)
    done = site.run("rollback", *([] if current(site) == other else [f"RELEASE={other}"]))
    assert done.returncode == 0, done.stderr
    assert_clean(site)
