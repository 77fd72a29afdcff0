"""Nothing is skipped in silence; with several processes (-n 4) what shares a deployment stays together."""

from __future__ import annotations

import os
import re
import signal
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import users

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

# The first makes the images of all hosts, for which the others would wait.
LONGEST = ("hosts/test_fleet.py", "contract", "hosts", "release", "deploy", "app")
HOSTS = Path(__file__).parent / "hosts"
# By adapter, by front end, by the Debian of a host.
APART = re.compile(r"tests/(?:contract|release)/[^\[]*\[(\w+)|tests/hosts/.*\b(bookworm|trixie)\b")

LEFT_BEFORE, STILL = users.left(), pytest.StashKey[list[str]]()

for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGQUIT, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:  # by a shell that began us in the background
        signal.signal(number, handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """A process takes a module, all targets of an adapter, all swaps behind a front end, or all tests on a host.

    xdist's own loadgroup sees no groups with pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            match = APART.match(nodeid)
            return match[1] or match[2] if match else nodeid.partition("::")[0]

    config.option.loadscopereorder = False  # keep our order
    return Scheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """The longest first, so that no process is left with them at the end; what needs root is root's."""
    if os.geteuid() != 0:
        left_out = [item for item in items if item.get_closest_marker("root")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    rank = {name: place for place, name in enumerate(LONGEST)}

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(HOSTS.parent).parts[0]
        return rank.get(f"{folder}/{item.path.name}", rank.get(folder, len(rank)))

    items.sort(key=place)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Hosts are booted by root only; who asks for them by name is told by a failure."""
    return True if collection_path == HOSTS and _without_hosts(config) else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say where the time went, and what was left out."""
    spent = Counter[str]()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                spent[report.nodeid.partition("::")[0].rpartition("/")[0]] += report.duration
    if len(spent) > 1:
        folders = ", ".join(f"{folder} {seconds:.0f}" for folder, seconds in spent.most_common())
        terminalreporter.write_line(f"seconds in each folder, of all processes together: {folders}")
    for words in config.stash.get(STILL, []):
        terminalreporter.write_line(f"a test has left processes: {words}", red=True)
    if _without_hosts(config):
        terminalreporter.write_line("left out: tests/hosts boot Debian hosts and need root: sudo make test-hosts")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """When every process has ended, no user is left that root's deployments have made."""
    if os.geteuid() == 0 and not hasattr(session.config, "workerinput"):
        session.config.stash[STILL] = users.remove(LEFT_BEFORE)
        if session.config.stash[STILL]:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _without_hosts(config: pytest.Config) -> bool:
    asked = any(HOSTS in (path := Path(word.partition("::")[0]).absolute(), *path.parents) for word in config.args)
    return os.geteuid() != 0 and not asked


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """With CI=true a skip, or a failure that was expected, is a failure."""
    report = yield
    if os.environ.get("CI") == "true" and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: {report.longrepr}"
    return report
