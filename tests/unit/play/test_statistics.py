import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.play.statistics import FALSE_ALARM, MISS, acceptance, between, detectable, plan, sample_size


def exact(size: int, share: Fraction, low: int, high: int) -> Fraction:
    """The same probability in whole numbers."""
    terms = (math.comb(size, k) * share**k * (1 - share) ** (size - k) for k in range(low, high + 1))
    return sum(terms, Fraction(0))


@pytest.mark.parametrize(("size", "share"), [(10, "1/2"), (60, "3/10"), (200, "1/100"), (500, "7/10")])
def test_probabilities_agree_with_whole_number_arithmetic(size, share):
    part = Fraction(share)
    low, high = acceptance(size, float(part), 1e-6)
    assert between(size, float(part), low, high) == pytest.approx(float(exact(size, part, low, high)), rel=1e-9)
    assert 1 - exact(size, part, low, high) <= 1e-6
    # One narrower on either side, and a tail is heavier than allowed.
    if low > 0:
        assert exact(size, part, 0, low) > 5e-7
    if high < size:
        assert exact(size, part, high, size) > 5e-7


def test_a_split_of_70_to_30_needs_about_six_thousand_to_see_five_points():
    drawn = plan({"v1": 70, "v2": 30}, 5)
    assert 5500 <= drawn.size <= 7000
    low, high = drawn.limits["v2"]
    assert low < 0.30 * drawn.size < high
    assert between(drawn.size, 0.30, low, high) >= 1 - FALSE_ALARM
    assert between(drawn.size, 0.35, low, high) <= MISS
    assert between(drawn.size, 0.25, low, high) <= MISS


def test_the_limits_of_two_outcomes_are_one_test_seen_from_both_ends():
    drawn = plan({"v1": 70, "v2": 30}, 5)
    low, high = drawn.limits["v1"]
    assert drawn.limits["v2"] == (drawn.size - high, drawn.size - low)


def test_shares_need_no_particular_sum():
    assert plan({"a": 7, "b": 3}, 5) == plan({"a": 70, "b": 30}, 5)


def test_an_outcome_without_a_share_must_not_come_at_all():
    drawn = plan({"v1": 100, "v2": 0}, 5)
    assert drawn.limits == {"v1": (drawn.size, drawn.size), "v2": (0, 0)}
    assert 0.95**drawn.size <= MISS


def test_more_clients_split_the_false_alarm():
    assert plan({"v1": 70, "v2": 30}, 5, samples=3).size > plan({"v1": 70, "v2": 30}, 5).size


@settings(max_examples=15, deadline=None)
@given(share=st.integers(5, 95), detects=st.integers(10, 30))
def test_every_plan_keeps_both_promises(share, detects):
    drawn = plan({"a": share, "b": 100 - share}, detects)
    part, shift = share / 100, detects / 100
    limits = drawn.limits["a"]
    assert 1 - between(drawn.size, part, *limits) <= FALSE_ALARM * 1.0001
    for moved in (part + shift, part - shift):
        if 0 <= moved <= 1:
            assert between(drawn.size, moved, *limits) <= MISS


def test_sizes_are_close_to_the_smallest():
    size = sample_size(0.5, 0.2, 1e-6, 1e-4)
    smaller = int(size * 0.95)
    limits = acceptance(smaller, 0.5, 1e-6)
    assert between(smaller, 0.7, *limits) > 1e-4 or between(smaller, 0.3, *limits) > 1e-4


@pytest.mark.parametrize("answers", [1, 60, 100, 6000])
def test_the_detectable_share_is_the_one_that_escapes_one_time_in_twenty(answers):
    share = detectable(answers)
    assert share is not None
    assert (1 - share) ** answers == pytest.approx(0.05)


def test_nothing_is_detectable_without_answers():
    assert detectable(0) is None
