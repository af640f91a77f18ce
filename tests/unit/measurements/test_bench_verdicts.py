"""What measurements say of the verdicts of their runs."""

from __future__ import annotations

import runpy
from pathlib import Path

# Loaded by its place: another module of the tests has the name `bench`.
BENCH = Path(__file__).resolve().parents[3] / "bench" / "__main__.py"
unsteady_checks = runpy.run_path(str(BENCH), run_name="measurements")["unsteady_checks"]


def test_checks_that_differ_or_are_missing_in_a_run_are_told() -> None:
    same = {"run/a/b": "pass", "run/a/c": "skip"}
    assert unsteady_checks([same, dict(same), dict(same)]) == []
    assert unsteady_checks([same, {**same, "run/a/b": "fail"}]) == ["run/a/b"]
    assert unsteady_checks([same, {"run/a/b": "pass"}]) == ["run/a/c"]
    assert unsteady_checks([]) == []
