"""How requests are shared among the backends of a rule."""

from harness.scenario.model import Scenario
from suites.plugin.interfaces import Play


def test_weights(scenario: Scenario, play: Play) -> None:
    play(scenario)
