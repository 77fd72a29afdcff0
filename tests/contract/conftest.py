"""Deploys each target in turn with the real command and holds each law's failures against the table of limits."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from deploy.machine import trees
from deploy.machine.run import Local
from tests import covering

from . import limits, results
from .client import Closed
from .deployments import ECHO, REAL, Deployments
from .site import Site
from .targets import TARGETS, Target


@pytest.fixture(scope="session")
def deployments() -> Iterator[Deployments]:
    """One root for all targets that this process tries: each deployment is a swap over the one before."""
    folder = Path(tempfile.mkdtemp(prefix="contract-", dir="/tmp"))
    folder.chmod(0o755)  # the workers of a front end are not us
    deployed = Deployments(folder)
    try:
        yield deployed
    finally:
        deployed.stop()
        trees.remove(Local(os.environ), folder)


@pytest.fixture(params=covering.parameters("targets", TARGETS))
def site(request: pytest.FixtureRequest, deployments: Deployments) -> Site:
    """The echo application, live on one target."""
    return deployments.live(request.param, ECHO)


@pytest.fixture(params=covering.parameters("our application", TARGETS))
def real_site(request: pytest.FixtureRequest, deployments: Deployments) -> Site:
    """The real application, live on one target."""
    return deployments.live(request.param, REAL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring together what is tried on one deployment."""
    order = {str(target): place for place, target in enumerate(TARGETS)}

    def key(item: pytest.Item) -> tuple[int, bool]:
        target = target_of(item)
        return (order[str(target)], "real_site" in item.fixturenames) if target else (-1, False)  # type: ignore[attr-defined]

    ours = [place for place, item in enumerate(items) if Path(__file__).parent in item.path.parents]
    for place, item in zip(ours, sorted((items[place] for place in ours), key=key), strict=True):
        items[place] = item


def target_of(item: pytest.Item) -> Target | None:
    """The target that a test is parametrised with."""
    found = getattr(item, "callspec", None)
    return next((value for value in found.params.values() if isinstance(value, Target)), None) if found else None


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Run a check; one that is listed as a limit of its target has to fail there."""
    target = target_of(pyfuncitem)
    limit = limits.find(pyfuncitem.originalname, target) if target else None
    if limit is None:
        return (yield)
    try:
        yield
    except (AssertionError, Closed, OSError):
        pyfuncitem.user_properties.append(("limit", limit.short))
        return True
    pytest.fail(f"{target} keeps {limit.check} now: remove its line from limits.py")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note how each check ended, for the matrix."""
    report = yield
    target = target_of(item)
    if target and isinstance(item, pytest.Function) and (call.when == "call" or not report.passed):
        results.note(str(target), item.module.LAW, item.originalname, report.outcome, dict(item.user_properties))
    return report


def pytest_sessionfinish() -> None:
    """Write the matrix's data; each of several processes adds its own."""
    results.write(os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid())))
