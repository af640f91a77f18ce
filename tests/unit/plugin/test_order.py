"""The order in which workers get scenarios."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from harness.scenario import load_catalogue
from harness.scenario.model import Mix
from suites.plugin.order import length, shard, spread


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


@given(
    st.dictionaries(st.text("abc", min_size=1, max_size=4), st.floats(0.1, 30), max_size=40),
    st.integers(1, 6),
)
def test_shards_part_everything_and_take_about_as_long(lengths, count):
    parts = [shard(lengths, index, count) for index in range(1, count + 1)]
    assert sorted(name for part in parts for name in part) == sorted(lengths)
    loads = [sum(lengths[name] for name in part) for part in parts]
    assert max(loads) - min(loads) <= max(lengths.values(), default=0.0) + 1e-6
    shuffled = dict(sorted(lengths.items(), reverse=True))
    assert [set(shard(shuffled, index, count)) for index in range(1, count + 1)] == [set(part) for part in parts]
