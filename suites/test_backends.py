"""Where a rule's backendRefs lead, and what happens when they lead nowhere."""

from harness.scenario.model import Scenario
from suites.plugin.interfaces import Play


def test_backends(scenario: Scenario, play: Play) -> None:
    play(scenario)
