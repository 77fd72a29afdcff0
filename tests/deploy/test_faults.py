"""A fault in each step of a deployment: clients notice nothing, and the next deployment needs no cleaning by hand."""

import itertools
from typing import NamedTuple

import pytest

from deploy.rollout import steps, undo
from deploy.site import journal
from deploy.site.release import Root
from tests import covering

from . import small
from .small import assert_clean, current, live, traces, words

DEPLOYMENT = [undo.name(step) for step in steps.STEPS]
ROLLBACK = [undo.name(step) for step in steps.ROLLBACK]
PLACES = {  # where a deployment is killed in a step; elsewhere, in what does little, at its end
    **dict.fromkeys(("folders", "release", "install", "render"), ("2",)),
    **dict.fromkeys(("start", "switch", "drain", "prune"), ("2", "end")),
}


class Fault(NamedTuple):
    """What happens in a step of a deployment, here or on a host."""

    step: str
    supervisor: str
    kind: str


FAULTS = covering.parameters(
    "faults", [Fault(*each) for each in itertools.product(DEPLOYMENT, ("circus", "systemd"), ("kill", "fail", "full"))]
)


def steps_with(supervisor, kind):
    """The steps in which such a fault happens."""
    return [
        pytest.param(fault.step, id=fault.step, marks=each.marks)
        for each in FAULTS
        for fault in each.values
        if (fault.supervisor, fault.kind) == (supervisor, kind)
    ]


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
@pytest.mark.parametrize("step", steps_with("circus", "full"))
def test_the_disk_is_full_in_a_step(site, faulty, step):
    fails_cleanly(site, lambda: faulty("full", step, "0", words(site)))


@pytest.mark.parametrize("step", steps_with("circus", "fail"))
def test_a_step_fails(site, faulty, step):
    fails_cleanly(site, lambda: faulty("fail", step, "2", words(site)))


@pytest.mark.parametrize("step", steps_with("circus", "kill"))
def test_the_deployment_is_killed_in_a_step(site, faulty, step):
    serving = current(site)
    for place in PLACES.get(step, ("end",)):
        code, said = faulty("kill", step, place, words(site))
        assert code == -9, said
        status, release, _ = site.get()
        assert (status, release in (serving, current(site))) == (200, True)
    code, said = faulty("none", step, "0", words(site))
    assert code == 0, said
    assert_clean(site)
    assert f"release {current(site)} " in said.splitlines()[-1]


@pytest.mark.parametrize("step", ROLLBACK)
def test_a_rollback_that_is_killed(site, faulty, step):
    serving = current(site)
    other = max({path.name for path in (site.root / "releases").iterdir()} - {serving})
    code, said = faulty("kill", step, "2", ["rollback", f"RELEASE={other}"])
    assert code == -9, said
    status, release, _ = site.get()
    assert (status, release in (serving, current(site))) == (200, True)
    restored = journal.restored(Root(site.root), current(site))
    code, said = faulty("none", step, "0", ["rollback", f"RELEASE={serving if restored == other else other}"])
    assert code == 0, said
    assert_clean(site)


@pytest.mark.parametrize("stopped", [True, False], ids=["after-a-reboot", "while-it-runs"])
def test_start_undoes_what_was_killed(site, faulty, stopped):
    serving = current(site)
    assert faulty("kill", "switch", "end", words(site))[0] == -9
    assert current(site) != serving
    if stopped:
        assert site.run("stop").returncode == 0
    done = site.run("start")
    assert done.returncode == 0, done.stderr
    assert_clean(site)
    assert current(site) == serving


def test_what_could_not_be_undone_is_exit_4_and_the_next_deployment_undoes_it(site, faulty):
    serving = current(site)
    code, said = faulty("stuck", "switch", "end", words(site))
    assert code == 4, said
    assert "then undoing the step switch failed" in said
    assert "deploy again: that begins with undoing it" in said
    assert f"current names release {current(site)}" in said
    assert site.get()[0] == 200
    assert current(site) != serving
    assert site.run("releases").stdout.splitlines()[-1].split()[-2:] == ["stuck", "serving"]
    live(site)
    assert_clean(site)
