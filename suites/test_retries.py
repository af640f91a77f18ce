"""When a mesh tries again, how often, and when it stops."""

from harness.scenario.model import Scenario
from suites.plugin.interfaces import Play


def test_retries(scenario: Scenario, play: Play) -> None:
    play(scenario)
