"""The defects of the specification as data."""

from __future__ import annotations

from typing import Any

import pytest

from spec import defects
from spec.documents import SpecError

GOOD: dict[str, Any] = {
    "id": "falls-through",
    "breaks": ["attachment.unmatched-rejected"],
    "story": "A catch-all stays behind.",
    "kills": ["unmatched-rejected/unmatched-rejected"],
}


def test_every_file_is_read() -> None:
    found = defects.load()
    assert found["unmatched-falls-through"].exact
    assert all(each.kills and each.breaks for each in found.values())
    assert all(each.story for each in defects.variations().values())


def test_an_entry() -> None:
    (read,) = defects.parse("defects/attachment.yaml", [GOOD | {"also": ["ports/*"], "over": "why"}])
    assert (read.kills, read.also, read.over, read.exact) == (
        ("unmatched-rejected/unmatched-rejected",),
        ("ports/*",),
        "why",
        False,
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"breaks": ["attachment.no-such"]}, "attachment.no-such is no requirement"),
        ({"breaks": []}, "breaks no requirement"),
        ({"kills": []}, "names no check"),
        ({"kills": ["unmatched-rejected"]}, "expected SCENARIO/CHECK"),
        ({"story": " "}, "story"),
        ({"typo": 1}, "typo"),
    ],
)
def test_mistakes_are_named(change: dict[str, Any], told: str) -> None:
    with pytest.raises(SpecError, match=told):
        list(defects.parse("defects/attachment.yaml", [GOOD | change]))


def test_a_file_is_a_list() -> None:
    assert list(defects.parse("defects/attachment.yaml", None)) == []
    with pytest.raises(SpecError, match="expected a list, found dict"):
        list(defects.parse("defects/attachment.yaml", {"id": "x"}))


def test_a_variation_and_its_excuses() -> None:
    (read,) = defects.parse_variations([{"id": "slow", "story": "Busy.", "excused": {"a/*": "because"}}])
    assert dict(read.excused) == {"a/*": "because"}
    with pytest.raises(SpecError, match=r"a/\*"):
        list(defects.parse_variations([{"id": "slow", "story": "Busy.", "excused": {"a/*": ""}}]))
