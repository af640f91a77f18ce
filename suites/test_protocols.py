"""What clients and backends may speak, and that every request is routed by itself whatever it is."""

from harness.scenario.model import Scenario
from suites.plugin.interfaces import Play


def test_protocols(scenario: Scenario, play: Play) -> None:
    play(scenario)
