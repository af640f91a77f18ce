"""A mesh that accepts and ignores a feature does the same as before with every scenario that does not need it.

The lab's mesh ignores a feature by taking its parts out of all objects. Where a scenario that is still played when the
feature is disclaimed loses nothing that way, nothing outside of the skipped scenarios can come out differently.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from harness.scenario.derived import features_needed, manifests_at
from harness.scenario.lint import load_linted
from harness.scenario.model import Scenario
from lab.mesh.model.ignoring import PARENTS, RULES, accepted_world, effective_world
from lab.mesh.world.snapshot import World
from spec import features
from tests.contract.lab_mesh.worlds import world_of

KINDS = ("Service", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute")
ROOT = Path(__file__).resolve().parents[3]
#: What is ignored elsewhere than in objects (host names, upgrades, the Mesh resource) takes a whole run to be shown.
BY_OBJECTS = RULES.keys() | PARENTS.keys() | {"TCPRoute", "TLSRoute", "HTTPRouteBackendProtocolH2C"}
#: They change what a retry does after a time-out or a broken connection, which no other scenario about retries brings
#: about; so the object differs, and nothing that is observed.
OF_RETRIES = {"HTTPRouteRetryBackendTimeout", "HTTPRouteRetryConnectionError"}
OPTIONAL = sorted(name for name in BY_OBJECTS - OF_RETRIES if features.load()[name].support != "core")


@cache
def worlds() -> tuple[tuple[Scenario, tuple[World, ...]], ...]:
    """Each scenario with what the mesh sees after each of its steps."""
    return tuple((one, tuple(_worlds(one))) for one in load_linted([ROOT / "scenarios"]).values())


def _worlds(scenario: Scenario) -> Iterator[World]:
    seen: list[object] = []
    for step in range(1, len(scenario.steps) + 1):
        objects = [obj for obj in manifests_at(scenario, step) if obj["kind"] in KINDS]
        if objects not in seen:
            seen.append(objects)
            yield world_of(objects)


@pytest.mark.parametrize("feature", OPTIONAL)
def test_only_scenarios_that_need_a_feature_lose_something_when_it_is_ignored(feature: str) -> None:
    others = [(one, found) for one, found in worlds() if feature not in {*features_needed(one), *one.unless}]
    assert others
    changed = {
        one.id
        for one, found in others
        for world in found
        if accepted_world(world, {feature}) != world or effective_world(world, {feature}) != world
    }
    assert changed == set()
