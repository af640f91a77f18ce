"""Routes created, changed and deleted under traffic."""

from harness.scenario.model import Scenario
from suites.plugin.interfaces import Play


def test_lifecycle(scenario: Scenario, play: Play) -> None:
    play(scenario)
