"""Scenarios that look for errors of 1 % ask often enough to find them: 920 answers miss one in 10,000 times."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.scenario import load_catalogue
from spec import defects

ROOT = Path(__file__).resolve().parents[3]
SUSTAINED = {
    name: scenario for name, scenario in load_catalogue([ROOT / "scenarios"]).items() if name.startswith("sustained-")
}
SHARE, CERTAINTY = 0.01, 0.9999


def test_routing_rejection_timeout_and_scope_are_sustained() -> None:
    assert SUSTAINED.keys() == {f"sustained-{what}" for what in ("routing", "rejection", "timeout", "scope")}


@pytest.mark.parametrize("name", sorted(SUSTAINED))
def test_a_hold_asks_often_enough_and_not_for_too_long(name: str) -> None:
    scenario = SUSTAINED[name]
    ((step, checks),) = ((step, step.checks) for step in scenario.steps if getattr(step, "checks", None))
    for check in checks:
        probe = scenario.probes[check.probe]
        assert probe.count is not None
        assert 1 - (1 - SHARE) ** probe.count >= CERTAINTY
        assert probe.count <= probe.rate * step.hold, "as many as the hold sends by itself"
        assert step.hold <= 16


@pytest.mark.parametrize("what", ["routing", "rejection", "timeout", "scope"])
def test_each_has_a_defect_of_1_percent_that_nothing_else_is_to_find(what: str) -> None:
    (defect,) = (each for each in defects.load().values() if each.id == f"{what}-wrong-for-1-percent")
    assert all(check.startswith(f"sustained-{what}/") for check in defect.kills)
