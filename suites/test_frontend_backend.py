"""The two facets of a Service: routes govern the frontend, never the backend."""

from harness.scenario.model import Scenario
from suites.plugin.interfaces import Play


def test_frontend_backend(scenario: Scenario, play: Play) -> None:
    play(scenario)
