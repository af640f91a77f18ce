"""parentRef resolution and grouping of routes."""

from __future__ import annotations

from typing import Any

import pytest

from lab.mesh.model.attachment import Refusal, attached_routes, group_routes, resolve_parent
from lab.mesh.world.parse_route import parse_parent
from lab.mesh.world.route import ObjectKey
from lab.mesh.world.snapshot import World, is_service
from tests.contract.lab_mesh.objects import C, D, P, parent, route, rule, service
from tests.contract.lab_mesh.worlds import world_of

PORTS = {"http": 80, "http-alt": 8080, "other": 9090}
ECHO = service("echo", "10.96.0.1", ports=PORTS)


def ports_of(world: World, ref: dict[str, Any]) -> list[int] | str:
    """The selected port numbers, or the reason why there are none."""
    chosen = resolve_parent(world, parse_parent(ref, P))
    return chosen.reason if isinstance(chosen, Refusal) else [port.port for port in chosen]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, [80, 8080, 9090]),
        ({"port": 80}, [80]),
        ({"sectionName": "http-alt"}, [8080]),
        ({"port": 80, "sectionName": "http"}, [80]),
        ({"port": 8080, "sectionName": "http"}, "NoMatchingParent"),
        ({"port": 9999}, "NoMatchingParent"),
        ({"sectionName": "nope"}, "NoMatchingParent"),
    ],
)
def test_port_and_section_select_ports(more: dict[str, Any], expected: list[int] | str) -> None:
    assert ports_of(world_of([ECHO]), parent("echo", **more)) == expected


def test_refusals_name_the_service_and_what_was_wanted() -> None:
    refusal = resolve_parent(world_of([ECHO]), parse_parent(parent("echo", port=1, sectionName="x"), P))
    assert refusal == Refusal("NoMatchingParent", f"Service {P}/echo has no port named x that is also port 1")


@pytest.mark.parametrize(
    "spec", [{"clusterIP": "None"}, {"type": "ExternalName", "clusterIP": "", "externalName": "x.example"}]
)
def test_services_without_a_frontend_are_refused(spec: dict[str, Any]) -> None:
    world = world_of([service("odd", "", **spec)])
    assert ports_of(world, parent("odd")) == "NoMatchingParent"


@pytest.mark.parametrize("kind", ["NodePort", "LoadBalancer"])
def test_services_that_also_have_a_cluster_ip_are_parents(kind: str) -> None:
    assert ports_of(world_of([service("s", "10.96.0.2", type=kind)]), parent("s")) == [80]


def test_missing_service_is_refused() -> None:
    assert ports_of(world_of([]), parent("ghost")) == "NoMatchingParent"


@pytest.mark.parametrize(
    ("ref", "core_service"),
    [
        ({"group": "", "kind": "Service", "name": "echo"}, True),
        ({"kind": "Service", "name": "echo"}, False),
        ({"group": "core", "kind": "Service", "name": "echo"}, False),
        ({"name": "echo"}, False),
        ({"group": "", "kind": "Gateway", "name": "echo"}, False),
        ({"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "echo"}, False),
    ],
)
def test_group_and_kind_are_part_of_the_parent(ref: dict[str, Any], core_service: bool) -> None:
    assert is_service(parse_parent(ref, P)) is core_service
    world = world_of([ECHO, route("r", ref, rule(to="echo"))])
    echo = world.services[ObjectKey(P, "echo")]
    assert bool(attached_routes(world, echo, echo.ports[0])) is core_service


def test_several_parents_stand_alone() -> None:
    several = route("r", [parent("echo"), parent("ghost"), parent("other")], rule(to="echo"))
    world = world_of([ECHO, service("other", "10.96.0.2"), several])
    for name in ("echo", "other"):
        found = world.services[ObjectKey(P, name)]
        assert [each.key.name for each in attached_routes(world, found, found.ports[0])] == ["r"]


def test_same_service_listed_for_two_sections_is_attached_once_to_each() -> None:
    twice = route("r", [parent("echo", sectionName="http"), parent("echo", sectionName="http-alt")], rule(to="echo"))
    world = world_of([ECHO, twice])
    echo = world.services[ObjectKey(P, "echo")]
    assert [len(attached_routes(world, echo, port)) for port in echo.ports] == [1, 1, 0]


def test_route_without_parents_attaches_to_nothing() -> None:
    world = world_of([ECHO, route("r", [], rule(to="echo"))])
    assert world.routes_by_parent == {}


def test_groups_by_namespace_of_the_route() -> None:
    explicit = route("explicit", parent("echo", P), rule(to="echo"))
    implicit = route("implicit", parent("echo"), rule(to="echo"))
    foreign = [
        route(name, parent("echo", P), rule(to="echo"), namespace=ns) for name, ns in (("a", C), ("b", C), ("c", D))
    ]
    world = world_of([ECHO, explicit, implicit, *foreign])
    echo = world.services[ObjectKey(P, "echo")]
    groups = group_routes(echo, attached_routes(world, echo, echo.ports[0]))
    assert {each.key.name for each in groups.producer} == {"explicit", "implicit"}
    named = {namespace: [each.key.name for each in routes] for namespace, routes in groups.consumers.items()}
    assert named == {C: ["a", "b"], D: ["c"]}


def test_same_name_in_another_namespace_is_another_service() -> None:
    own = route("own", parent("echo"), rule(to="echo"), namespace=C)
    world = world_of([ECHO, own])
    echo = world.services[ObjectKey(P, "echo")]
    assert attached_routes(world, echo, echo.ports[0]) == ()
