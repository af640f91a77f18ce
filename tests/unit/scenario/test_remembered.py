"""Facts are worked out once for a scenario, and never taken for another one's."""

from __future__ import annotations

from pathlib import Path

from harness.scenario.load import load_file
from harness.scenario.model import Scenario
from harness.scenario.remembered import remembered

FILE = Path(__file__).resolve().parents[3] / "scenarios" / "attachment" / "no-route.yaml"


def test_each_scenario_is_asked_once() -> None:
    asked: list[str] = []

    @remembered
    def title(scenario: Scenario) -> str:
        asked.append(scenario.title)
        return scenario.title

    first = load_file(FILE)
    other = first.model_copy(update={"title": "Another title of the same scenario"})
    assert [title(first), title(other), title(first)] == [first.title, other.title, first.title]
    assert asked == [first.title, other.title]
