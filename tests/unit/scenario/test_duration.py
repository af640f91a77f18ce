"""Durations as the Gateway API writes them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.scenario.duration import parse_duration

UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0s", 0), ("500ms", 0.5), ("2s", 2), ("1m30s", 90), ("1h", 3600), ("1h1m1s1ms", 3661.001), ("99999s", 99999)],
)
def test_a_duration_is_a_number_of_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2",
        "s",
        "2 s",
        " 2s",
        "2s ",
        "-2s",
        "+2s",
        "2.5s",
        "2S",
        "2sec",
        "1d",
        "123456s",
        "1s1s1s1s1s",
        "٢s",
        "2s\n",
    ],
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 500ms, 2s or 1m30s"):
        parse_duration(text)


_PARTS = st.lists(st.tuples(st.integers(0, 99999), st.sampled_from(sorted(UNITS))), min_size=1, max_size=4)


@settings(max_examples=100)
@given(_PARTS)
def test_parts_add_up(parts: list[tuple[int, str]]) -> None:
    text = "".join(f"{number}{unit}" for number, unit in parts)
    assert parse_duration(text) == pytest.approx(sum(number * UNITS[unit] for number, unit in parts))


@settings(max_examples=100)
@given(st.text("0123456789hms. -", max_size=12))
def test_every_text_is_a_duration_or_refused(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except ValueError:
        return
    assert seconds >= 0
    assert text == text.strip()
