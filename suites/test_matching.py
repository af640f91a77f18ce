"""Which requests a rule's matches take."""

from harness.scenario.model import Scenario
from suites.plugin.interfaces import Play


def test_matching(scenario: Scenario, play: Play) -> None:
    play(scenario)
