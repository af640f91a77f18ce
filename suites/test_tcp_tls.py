"""Connections that carry no HTTP: with routes of their own, and beside those of HTTP."""

from harness.scenario.model import Scenario
from suites.plugin.interfaces import Play


def test_tcp_tls(scenario: Scenario, play: Play) -> None:
    play(scenario)
