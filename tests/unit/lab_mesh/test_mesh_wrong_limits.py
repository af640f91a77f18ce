"""Wrong limits, each beside the right one."""

from __future__ import annotations

import pytest

from lab.defects import limits as wrong
from lab.mesh.model.timeouts import Limits, limits, milliseconds
from lab.mesh.world.route import Timeouts


@pytest.mark.parametrize(
    ("read", "text", "found"),
    [
        (wrong.last_of_unit, "100ms200ms300ms", 300),
        (wrong.last_of_unit, "1s600ms", 1600),
        (wrong.octal, "00600ms", 384),
        (wrong.octal, "600ms", 600),
        (wrong.octal, "09s", 9000),
        (wrong.in_order, "0h0m600ms0s", None),
        (wrong.in_order, "1m1s1ms", 61_001),
        (wrong.whole_seconds, "1s900ms", 1000),
        (wrong.whole_seconds, "500ms", 0),
        (wrong.capped, "6s", 1000),
        (wrong.capped, "500ms", 500),
    ],
)
def test_durations_misread(read: wrong.Read, text: str, found: int | None) -> None:
    assert read(text) == found
    assert wrong.read_as(read)(Timeouts(request=text)) == Limits(found or None)


def test_zero_and_nothing_said() -> None:
    nothing, zero = Timeouts(), Timeouts("0s", "0s")
    assert limits(nothing) == limits(zero) == Limits()
    assert wrong.zero_is_default(nothing) == Limits()
    assert wrong.zero_is_default(zero) == Limits(request=15_000)
    assert wrong.attempt_zero_is_default(zero) == Limits(attempt=15_000)
    assert wrong.zero_is_none_at_all(zero) == Limits(request=1)
    assert wrong.with_default(zero) == Limits()
    assert wrong.with_default(nothing) == Limits(request=15_000)


def test_durations_are_tidied_once_and_mean_the_same() -> None:
    rule = {"timeouts": {"request": "30m1800s", "backendRequest": "00600ms"}}
    written = {"kind": "HTTPRoute", "spec": {"rules": [rule, {}]}}
    tidied = wrong.tidied(written)
    assert tidied["spec"]["rules"] == [{"timeouts": {"request": "1h", "backendRequest": "600ms"}}, {}]
    assert milliseconds("30m1800s") == milliseconds("1h")
    assert wrong.tidied(tidied) == tidied
    assert wrong.tidied({"kind": "GRPCRoute"}) == {"kind": "GRPCRoute"}
