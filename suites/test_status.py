"""What a mesh writes into the status of a route."""

from harness.scenario.model import Scenario
from suites.plugin.interfaces import Play


def test_status(scenario: Scenario, play: Play) -> None:
    play(scenario)
