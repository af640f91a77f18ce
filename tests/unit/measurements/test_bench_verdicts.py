"""What measurements say of the verdicts of their runs."""

from __future__ import annotations

from bench.__main__ import unsteady_checks


def test_checks_that_differ_or_are_missing_in_a_run_are_told() -> None:
    same = {"run/a/b": "pass", "run/a/c": "skip"}
    assert unsteady_checks([same, dict(same), dict(same)]) == []
    assert unsteady_checks([same, {**same, "run/a/b": "fail"}]) == ["run/a/b"]
    assert unsteady_checks([same, {"run/a/b": "pass"}]) == ["run/a/c"]
    assert unsteady_checks([]) == []
