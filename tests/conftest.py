"""How the tests are shared out to several processes (pytest -n 2): what uses one deployment stays together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

ADAPTER = re.compile(r"tests/contract/[^\[]*\[(\w+)-")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """A process takes a module, or all targets of an adapter, whose libraries are then installed only once."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            match = ADAPTER.match(nodeid)
            return match[1] if match else nodeid.partition("::")[0]

    return Scheduling(config, log)
