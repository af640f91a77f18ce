"""What answers are counted as, and how the count is told."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.probe.exchange import Raw
from harness.probe.tally import kind_of, table

MARK = ("x-gamma-echo", "gamma-producer/echo-v2/echo-v2-1/8080")


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (Raw(status=200, headers=[MARK]), "200 from gamma-producer/echo-v2"),
        (Raw(status=404), "404 from no backend"),
        (Raw(headers=[MARK]), "answered from gamma-producer/echo-v2"),
        (Raw(status=200, grpc_status="OK", headers=[MARK]), "OK from gamma-producer/echo-v2"),
        (Raw(status=503, grpc_status="UNAVAILABLE"), "UNAVAILABLE (HTTP 503) from no backend"),
        (Raw(status=200, headers=[MARK], failure="reset"), "no answer: reset"),
        (Raw(status=200, headers=[("x-gamma-echo", "a\x1b[2J\u202e/b")]), "200 from a?[2J?/b"),
        (Raw(status=200, headers=[("x-gamma-echo", "x" * 200)]), f"200 from {'x' * 120}..."),
    ],
)
def test_an_answer_is_counted_by_status_and_workload(raw, kind):
    assert kind_of(raw) == kind


def test_the_most_frequent_comes_first_and_shares_are_of_all():
    assert list(table(Counter({"404 from no backend": 1, "200 from a/b": 2}))) == [
        "      2   66.7%  200 from a/b",
        "      1   33.3%  404 from no backend",
        "      3  in all",
    ]


def test_nothing_counted_has_no_shares():
    assert list(table(Counter())) == ["      0  in all"]
