"""The covering set has what it promises, and little more."""

from __future__ import annotations

import itertools

import pytest

from deploy.adapters import ADAPTERS
from deploy.frontends import FRONTENDS

from . import covering
from .contract.targets import MOUNTS, STANDALONE, TARGETS
from .release.walk import ring


def test_targets_have_every_adapter_and_front_end_together_and_both_at_both_mounts() -> None:
    chosen = covering.choose("targets", TARGETS)
    assert {(each.adapter, each.frontend) for each in chosen} == {(each.adapter, each.frontend) for each in TARGETS}
    assert len(chosen) == len(TARGETS) / len(MOUNTS)
    for field, values in (("adapter", ADAPTERS), ("frontend", (STANDALONE, *FRONTENDS))):
        assert {(getattr(each, field), each.where) for each in chosen} >= set(itertools.product(values, MOUNTS))


def test_the_ring_swaps_from_each_and_to_each() -> None:
    olds, news = zip(*itertools.pairwise(ring(list(ADAPTERS))), strict=True)
    assert sorted(olds) == sorted(news) == sorted(ADAPTERS)


def test_what_is_not_chosen_is_wide() -> None:
    marked = covering.parameters("targets", TARGETS)
    assert [each.values[0] for each in marked if not each.marks] == covering.choose("targets", TARGETS)
    assert {mark.name for each in marked for mark in each.marks} == {pytest.mark.wide.name}
