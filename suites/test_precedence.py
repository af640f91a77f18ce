"""Which rule wins when several match."""

from harness.scenario.model import Scenario
from suites.plugin.interfaces import Play


def test_precedence(scenario: Scenario, play: Play) -> None:
    play(scenario)
