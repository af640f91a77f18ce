"""Durations and the timeout in force."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.mesh.envoy.actions import seconds, shortest
from lab.mesh.model.timeouts import Limits, limits, milliseconds
from lab.mesh.world.route import Timeouts

UNITS = {"h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
parts = st.lists(st.tuples(st.integers(0, 99_999), st.sampled_from(sorted(UNITS))), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("600ms", 600),
        ("100ms200ms300ms", 600),
        ("00600ms", 600),
        ("0h0m0s600ms", 600),
        ("30m1800s", 3_600_000),
        ("1s1h", 3_601_000),
        ("0s", 0),
    ],
)
def test_durations(text: str, expected: int) -> None:
    assert milliseconds(text) == expected


@pytest.mark.parametrize("text", ["", "1", "1d", "1.5h", "-15m", "1s1s1s1s1s", "123456s", "s", "1 s", "1S", "1us"])
def test_not_durations(text: str) -> None:
    with pytest.raises(ValueError, match="not a Gateway API duration"):
        milliseconds(text)


@given(parts)
def test_a_duration_is_the_sum_of_its_parts_in_any_order(given_parts: list[tuple[int, str]]) -> None:
    expected = sum(number * UNITS[unit] for number, unit in given_parts)
    for ordered in (given_parts, given_parts[::-1]):
        assert milliseconds("".join(f"{number}{unit}" for number, unit in ordered)) == expected


@given(st.integers(0, 99_999 * 3_600_000 * 4))
def test_protobuf_seconds_are_exact(value: int) -> None:
    assert Decimal(seconds(value).removesuffix("s")) * 1000 == value


@pytest.mark.parametrize(("text", "expected"), [(None, None), ("0s", None), ("0h0ms", None), ("500ms", 500)])
def test_limits_are_apart_and_zero_is_none(text: str | None, expected: int | None) -> None:
    assert limits(Timeouts(text, "9s")) == Limits(expected, 9000)
    assert limits(Timeouts("9s", text)) == Limits(9000, expected)


@pytest.mark.parametrize(
    ("given", "expected"), [((None, None), None), ((500, None), 500), ((None, 500), 500), ((1000, 500), 500)]
)
def test_of_one_attempt_the_shorter_limit_counts(given: tuple[int | None, int | None], expected: int | None) -> None:
    assert shortest(*given) == expected
