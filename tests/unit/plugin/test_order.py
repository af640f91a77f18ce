"""The order in which workers get scenarios."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from harness.scenario import load_catalogue
from harness.scenario.model import Mix
from suites.plugin.order import length, spread


@given(st.lists(st.integers(), unique=True), st.integers(1, 12))
def test_nothing_is_lost_and_every_worker_begins_with_one_of_the_longest(items, workers):
    longest_first = sorted(items, reverse=True)
    order = spread(longest_first, workers)
    assert sorted(order, reverse=True) == longest_first
    if len(items) >= 2 * workers:
        assert order[: 2 * workers : 2] == longest_first[:workers]


def test_the_second_of_each_pair_makes_up_for_the_first():
    assert spread([9, 8, 7, 6, 5, 4, 3, 2], 3) == [9, 4, 8, 5, 7, 6, 3, 2]


def test_a_sample_and_long_holds_make_a_scenario_long():
    catalogue = load_catalogue([Path(__file__).parents[3] / "scenarios"])
    longest_first = sorted(catalogue.values(), key=length, reverse=True)
    assert any(isinstance(step, Mix) for step in longest_first[0].steps)
