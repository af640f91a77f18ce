"""Which pod the requests of one session go to."""

from harness.scenario.model import Scenario
from suites.plugin.interfaces import Play


def test_session(scenario: Scenario, play: Play) -> None:
    play(scenario)
