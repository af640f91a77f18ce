"""What a mesh says of itself in the Mesh resource, and what it leaves alone."""

from harness.scenario.model import Scenario
from suites.plugin.interfaces import Play


def test_mesh_resource(scenario: Scenario, play: Play) -> None:
    play(scenario)
