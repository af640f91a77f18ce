"""What filters do to requests and responses."""

from harness.scenario.model import Scenario
from suites.plugin.interfaces import Play


def test_filters(scenario: Scenario, play: Play) -> None:
    play(scenario)
