"""Calls: which rules of GRPCRoutes take them, where they go, and what becomes of the others."""

from harness.scenario.model import Scenario
from suites.plugin.interfaces import Play


def test_grpc(scenario: Scenario, play: Play) -> None:
    play(scenario)
