"""When a mesh gives up on a backend."""

from harness.scenario.model import Scenario
from suites.plugin.interfaces import Play


def test_timeouts(scenario: Scenario, play: Play) -> None:
    play(scenario)
