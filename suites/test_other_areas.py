"""Scenarios of areas that have no module of their own: those of a user's directory."""

from harness.scenario.model import Scenario
from suites.plugin.interfaces import Play


def test_scenario(scenario: Scenario, play: Play) -> None:
    play(scenario)
