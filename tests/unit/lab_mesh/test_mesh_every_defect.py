"""Under every defect and variation the mesh goes on living: what it tells Envoy can be told, and it writes a status."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.defects.registry import selectable
from lab.mesh.ads.pack import Packer
from lab.mesh.envoy.types import ROUTES
from lab.mesh.model.delivery import Change
from lab.mesh.model.history import History
from lab.mesh.model.ignoring import accepted_world
from lab.mesh.plan import Planner
from lab.mesh.status import desired_parents
from lab.mesh.world.snapshot import World
from spec import defects as spec_defects
from tests.contract.lab_mesh.bench import stage
from tests.contract.lab_mesh.objects import endpoints
from tests.contract.lab_mesh.worlds import world_of

CATALOGUE = Path(__file__).resolve().parents[3] / "scenarios"
KINDS = ("Service", "HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute")
#: For those that name no check: something of everything.
SOME = ("paths", "rule-timeout", "mirror", "proportions", "grpc-methods", "tcp-route", "tls-route", "cors-lists")
CREATED = "2026-01-01T00:00:00Z"


@cache
def manifests() -> dict[str, list[dict[str, Any]]]:
    """All objects of each scenario, as its file has them."""
    found = {}
    for path in CATALOGUE.glob("*/*.yaml"):
        lists = (yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader).get("manifests") or {}).values()
        found[path.stem] = [obj for objects in lists for obj in objects if obj.get("kind") in KINDS]
    return found


def world(scenarios: tuple[str, ...]) -> World:
    objects: dict[tuple[str, ...], dict[str, Any]] = {}
    for number, obj in enumerate(obj for name in scenarios for obj in manifests()[name]):
        meta = {"namespace": "gamma-producer", "generation": 1, "creationTimestamp": CREATED, **obj["metadata"]}
        made = {**obj, "metadata": {**meta, "uid": f"uid-{number}", "resourceVersion": str(number + 1)}}
        if obj["kind"] == "Service":
            made["spec"] = {"clusterIP": f"10.96.3.{number % 250 + 1}", **obj["spec"]}
            ports = {port.get("name", ""): 8080 for port in obj["spec"]["ports"]}
            slices = endpoints(meta["name"], "10.244.1.1", "10.244.1.2", ports=ports)
            objects["slice", meta["namespace"], meta["name"]] = slices
        objects[obj["kind"], meta["namespace"], meta["name"]] = made
    return world_of([*stage(), *objects.values()])


def scenarios_of(name: str) -> tuple[str, ...]:
    named = spec_defects.load().get(name)
    return tuple(dict.fromkeys(check.partition("/")[0] for check in named.kills))[:4] if named else SOME


@pytest.mark.parametrize("name", selectable)
def test_the_mesh_goes_on_living(name: str) -> None:
    decisions = selectable[name].decisions
    planner, packer, history = Planner(decisions), Packer(), History(scale=0.1)
    for scenarios in ((), scenarios_of(name), scenarios_of(name)[:1], ()):
        now = world(scenarios)
        history.observe(now)
        decisions.stalls(now)
        snapshot = packer.pack(planner.plan(decisions.world(now, history)).resources)
        assert snapshot[ROUTES] or not scenarios or not now.routes
        decisions.delivery.holds_back(Change("node-1", ROUTES, "x", None, "1"))
        assert decisions.delivery.delay("node-1") >= 0
        judged = accepted_world(now, decisions.ignored)
        for route in judged.routes.values():
            wanted = desired_parents(judged, route, [], CREATED, "gamma.test/lab-mesh")
            assert isinstance(decisions.status(judged, route, [], wanted), list)
