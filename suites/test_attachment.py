"""Routes attached to Services: what they replace, what they reject, which port they govern."""

from harness.scenario.model import Scenario
from suites.plugin.interfaces import Play


def test_attachment(scenario: Scenario, play: Play) -> None:
    play(scenario)
