"""Who is governed by a route: everyone by the producer's, its own namespace by a consumer's."""

from harness.scenario.model import Scenario
from suites.plugin.interfaces import Play


def test_producer_consumer(scenario: Scenario, play: Play) -> None:
    play(scenario)
