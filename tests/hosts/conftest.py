"""Hosts that the tests of a module share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import lab


@pytest.fixture(scope="module")
def host() -> Iterator[lab.Host]:
    with lab.hosts() as (made,):
        yield made
