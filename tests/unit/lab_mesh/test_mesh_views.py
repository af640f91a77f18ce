"""Callers who see another cluster than everybody else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lab.mesh.envoy.types import ROUTES
from lab.mesh.model.decisions import CONFORMANT
from lab.mesh.model.views import View
from lab.mesh.plan import Planner
from lab.mesh.world.route import ObjectKey
from lab.mesh.world.service import parse_pod
from lab.mesh.world.snapshot import World
from tests.contract.lab_mesh.bench import stage
from tests.contract.lab_mesh.objects import C, P, parent, pod, prefix, route, rule, service
from tests.contract.lab_mesh.worlds import world_of

FRONT = service("front", "10.96.2.1")
PRODUCER = route("p", parent("front"), rule(prefix("/p"), to="v1"))
CONSUMER = route(
    "c", parent("front", P), rule(prefix("/c"), to={"name": "v1", "namespace": P, "port": 80}), namespace=C
)
FULL = world_of([*stage(), FRONT, PRODUCER, CONSUMER])
BARE = replace(FULL, routes={})


def hosts(world: World, *views: View) -> dict[str, tuple[list[str], int]]:
    """Domains and number of routes of every virtual host."""
    found: dict[str, Any] = Planner(CONFORMANT).plan(world, views).resources[ROUTES]["10.96.2.1:80"]
    return {host["name"]: (host["domains"], len(host["routes"])) for host in found["virtual_hosts"]}


def test_nobody_is_apart_without_views() -> None:
    assert hosts(FULL).keys() == {f"consumer {C}", "outside", "everybody"}


def test_one_workload_sees_no_routes() -> None:
    found = hosts(FULL, View(("10.244.2.51",), BARE))
    assert found["apart 0 everybody"] == (["10.244.2.51"], 1)
    assert found[f"consumer {C}"] == (["10.244.2.50"], 2)
    assert found["everybody"] == (["*"], 2)


def test_a_view_has_its_own_consumers_and_outsiders() -> None:
    found = hosts(BARE, View(("10.244.1.50", "10.244.2.50", "10.244.2.70"), FULL))
    assert found == {
        f"apart 0 consumer {C}": (["10.244.2.50"], 2),
        "apart 0 outside": (["10.244.2.70"], 1),
        "apart 0 everybody": (["10.244.1.50"], 2),
        "everybody": (["*"], 1),
    }


def test_the_first_of_two_views_of_one_caller_counts() -> None:
    found = hosts(FULL, View(("10.244.2.60",), BARE), View(("10.244.2.60", "10.244.1.50"), BARE))
    assert found["apart 0 everybody"][0] == ["10.244.2.60"]
    assert found["apart 1 everybody"][0] == ["10.244.1.50"]


def test_what_a_view_shows_is_followed() -> None:
    planner = Planner(CONFORMANT)
    before = planner.plan(FULL, [View(("10.244.2.60",), BARE)]).resources[ROUTES]["10.96.2.1:80"]
    same = planner.plan(FULL, [View(("10.244.2.60",), replace(BARE))]).resources[ROUTES]["10.96.2.1:80"]
    after = planner.plan(FULL, [View(("10.244.2.60",), FULL)]).resources[ROUTES]["10.96.2.1:80"]
    assert same is before
    assert after != before


def test_what_views_are_chosen_by() -> None:
    placed = pod(P, "client", "10.244.1.9")
    placed["spec"] = {"nodeName": "node-2"}
    assert getattr(parse_pod(placed), "node", None) == "node-2"
    external = service("second", "", type="ExternalName", externalName="first.example")
    asking = route("r", parent("front"), rule(to="v1"))
    asking["spec"] |= {"hostnames": ["a.example"], "useDefaultGateways": "All"}
    world = world_of([external, asking])
    assert world.services[ObjectKey(P, "second")].external_name == "first.example"
    [read] = world.routes.values()
    assert (read.sites, read.hostnames, read.default_gateways) == (("a.example",), (), "All")
