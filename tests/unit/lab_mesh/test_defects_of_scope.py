"""What the defects of attachment, of scope and of frontends do to plans: whom they concern, and whom not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab.defects.registry import registry
from lab.mesh.envoy.types import LISTENER, ROUTES
from lab.mesh.model.history import History
from lab.mesh.plan import Plan, Planner
from lab.mesh.status import desired_parents
from lab.mesh.world.snapshot import World
from tests.contract.lab_mesh.bench import stage
from tests.contract.lab_mesh.objects import C, P, endpoints, parent, prefix, route, rule, service
from tests.contract.lab_mesh.worlds import world_of

FRONT = [service("front", "10.96.2.1", ports={"http": 80, "http-alt": 8081}), endpoints("front", "10.244.1.1")]
ALIAS = service("front-alias", "10.96.2.2", selector={"app": "front"})
TO_V2 = rule(to="v2")
OUTSIDE, FIRST, SECOND = "10.244.2.70", "10.244.2.50", "10.244.2.51"


def plan(defect: str, world: World, history: History | None = None) -> Plan:
    decisions = registry[defect].decisions
    history = history or History()
    history.observe(world)
    return Planner(decisions).plan(decisions.world(world, history), decisions.views(world, history))


def routes_for(found: Plan, caller: str, frontend: str = "10.96.2.1:80") -> list[dict[str, Any]]:
    """The routes that requests of this address meet."""
    hosts = found.resources[ROUTES][frontend]["virtual_hosts"]
    by_domain = {domain: host["routes"] for host in hosts for domain in host["domains"]}
    made: list[dict[str, Any]] = by_domain.get(caller, by_domain["*"])
    return made


def clusters(found: Plan, caller: str = "10.244.2.60", frontend: str = "10.96.2.1:80") -> list[str]:
    """The last part of the names of the backends, in order; a status in their place."""
    return [
        each["route"]["cluster"].split("/")[1] if "route" in each else str(each["direct_response"]["status"])
        for each in routes_for(found, caller, frontend)
    ]


def governed(defect: str, ref: dict[str, Any]) -> set[int]:
    """The ports of the Service that a catch-all route with this parentRef governs."""
    found = plan(defect, world_of([*stage(), *FRONT, route("front", ref, TO_V2)]))
    return {port for port in (80, 8081) if "v2:80" in clusters(found, frontend=f"10.96.2.1:{port}")}


BARE = {"kind": "Service", "name": "front"}


@pytest.mark.parametrize(
    ("defect", "ref", "ports"),
    [
        ("parent-group-defaults-to-core", BARE, {80, 8081}),
        ("parent-kind-ignored", BARE, set()),
        ("parent-kind-ignored", {"name": "front"}, {80, 8081}),
        ("parent-group-ignored", BARE | {"group": "example.com"}, {80, 8081}),
        ("parent-group-ignored", BARE | {"group": "core"}, set()),
        ("core-group-alias", BARE | {"group": "core"}, {80, 8081}),
        ("parent-kind-any-case", {"group": "", "kind": "service", "name": "front"}, {80, 8081}),
        ("parent-port-ignored", parent("front", port=80), {80, 8081}),
        ("parent-port-ignored", parent("front", port=9), set()),
        ("unknown-port-ignored", parent("front", port=9), {80, 8081}),
        ("unknown-port-ignored", parent("front", port=80), {80}),
        ("unknown-port-means-last", parent("front", port=9), {8081}),
        ("parent-port-is-target-port", parent("front", port=80), set()),
        ("section-name-ignored", parent("front", sectionName="http"), {80, 8081}),
        ("section-name-ignored", parent("front", sectionName="other"), set()),
        ("unknown-section-ignored", parent("front", sectionName="other"), {80, 8081}),
        ("section-name-by-prefix", parent("front", sectionName="http"), {80, 8081}),
        ("section-name-by-prefix", parent("front", sectionName="http-alt"), {8081}),
        ("either-port-or-section", parent("front", port=8081, sectionName="http"), {80, 8081}),
        ("section-overrides-port", parent("front", port=8081, sectionName="http"), {80}),
        ("port-overrides-section", parent("front", port=8081, sectionName="http"), {8081}),
        ("pair-unsupported", parent("front", port=80, sectionName="http"), set()),
        ("pair-means-all", parent("front", port=80, sectionName="http"), {80, 8081}),
        ("pair-means-all", parent("front", port=8081, sectionName="http"), set()),
        ("omitted-port-means-first", parent("front"), {80}),
        ("omitted-port-means-last", parent("front"), {8081}),
        ("spelled-out-namespace-detaches", parent("front", P), set()),
        ("spelled-out-namespace-detaches", parent("front"), {80, 8081}),
    ],
)
def test_ports_that_a_reference_is_taken_for(defect: str, ref: dict[str, Any], ports: set[int]) -> None:
    assert governed(defect, ref) == ports


def test_a_headless_service_is_fronted_at_its_pod() -> None:
    headless = [service("none", "None", ports={"http": 8080}), endpoints("none", "10.244.1.1")]
    attached = world_of([*stage(), *headless, route("r", parent("none"), TO_V2)])
    found = plan("headless-fronted", attached)
    assert found.intercepted == {"10.244.1.1"}
    assert found.resources[LISTENER]["10.244.1.1:8080"]["transparent"] is True
    assert clusters(found, frontend="10.244.1.1:8080") == ["v2:80", "404"]
    assert plan("headless-fronted", world_of([*stage(), *headless])).intercepted == frozenset()


CONSUMER = route(
    "c", parent("front", P), rule(prefix("/c"), to={"name": "v2", "namespace": P, "port": 80}), namespace=C
)
PRODUCER = route("p", parent("front"), rule(prefix("/p"), to="v1"))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("scale", [1.0, 0.1])
@pytest.mark.parametrize(
    ("defect", "caller", "other"),
    [
        ("consumer-route-leaks-home", "10.244.1.50", "10.244.2.60"),
        ("consumer-route-leaks-to-third", "10.244.2.60", OUTSIDE),
    ],
)
def test_a_leak_begins_after_three_seconds(defect: str, caller: str, other: str, scale: float) -> None:
    clock = Clock()
    history = History(scale, clock)
    history.observe(world_of([*stage(), *FRONT]))
    world = world_of([*stage(), *FRONT, CONSUMER])
    assert clusters(plan(defect, world, history), caller) == ["front:80"]
    clock.now = 3 * scale
    late = plan(defect, world, history)
    assert clusters(late, caller) == ["v2:80", "404"]
    assert clusters(late, other) == ["front:80"]


def test_one_namespace_is_forty_seconds_late() -> None:
    clock = Clock()
    history = History(1.0, clock)
    history.observe(world_of([*stage(), *FRONT]))
    world = world_of([*stage(), *FRONT, PRODUCER])
    soon = plan("one-namespace-is-late", world, history)
    assert clusters(soon, "10.244.2.60") == ["front:80"]
    assert clusters(soon, FIRST) == ["v1:80", "404"]
    clock.now = 40.0
    assert clusters(plan("one-namespace-is-late", world, history), "10.244.2.60") == ["v1:80", "404"]


def test_a_deleted_consumer_route_is_remembered_for_its_namespace() -> None:
    clock = Clock()
    history = History(1.0, clock)
    history.observe(world_of([*stage(), *FRONT]))
    history.observe(world_of([*stage(), *FRONT, PRODUCER, CONSUMER]))
    world = world_of([*stage(), *FRONT, PRODUCER])
    assert clusters(plan("deleted-consumer-route-lingers", world, history), FIRST) == ["v2:80", "404"]
    assert clusters(plan("nothing-left-after-consumer-route", world, history), FIRST) == ["front:80"]
    assert clusters(plan("nothing-left-after-consumer-route", world, history)) == ["v1:80", "404"]
    assert clusters(plan("producer-route-deleted-with-consumer-route", world, history)) == ["front:80"]
    assert sorted(clusters(plan("consumer-rules-left-behind", world, history), FIRST)) == ["404", "v1:80", "v2:80"]
    clock.now = 40.0
    assert clusters(plan("deleted-consumer-route-lingers", world, history), FIRST) == ["v1:80", "404"]


def test_what_no_rule_matches_is_forwarded_on_the_second_node_only() -> None:
    objects = [*stage(), *FRONT, PRODUCER]
    for each in objects:
        if each["kind"] == "Pod":
            each["spec"] = {"nodeName": "node-2" if each["status"]["podIP"] == FIRST else "node-1"}
    found = plan("rejection-on-one-node", world_of(objects))
    assert clusters(found, FIRST) == ["v1:80", "front:80", "404"]
    assert clusters(found, SECOND) == ["v1:80", "404"]


def test_rules_of_one_group_and_another() -> None:
    both = world_of([*stage(), *FRONT, PRODUCER, CONSUMER])
    assert clusters(plan("producer-rules-in-front", both), FIRST) == ["v1:80", "v2:80", "404"]
    assert clusters(plan("producer-rules-behind", both), FIRST) == ["v2:80", "v1:80", "404"]
    assert clusters(plan("consumer-unmatched-falls-through", both), FIRST) == ["v2:80", "front:80"]
    assert clusters(plan("consumer-unmatched-falls-through", both)) == ["v1:80", "404"]
    assert clusters(plan("producer-dropped-once-consumed", both)) == ["front:80"]
    assert clusters(plan("consumer-routes-need-a-grant", both), FIRST) == ["v1:80", "404"]


def test_an_alias_takes_rules_or_gets_them() -> None:
    world = world_of([*stage(), *FRONT, ALIAS, PRODUCER])
    assert clusters(plan("rules-follow-pods", world), frontend="10.96.2.2:80") == ["v1:80", "front-alias:80"]
    assert clusters(plan("rules-found-by-prefix", world), frontend="10.96.2.2:80") == ["v1:80", "404"]
    assert clusters(plan("alias-takes-rules-away", world)) == ["front:80"]
    assert clusters(plan("alias-takes-rules-away", world_of([*stage(), *FRONT, PRODUCER]))) == ["v1:80", "404"]


def test_a_share_of_requests_is_treated_wrongly() -> None:
    found = plan("unmatched-rarely-falls-through", world_of([*stage(), *FRONT, PRODUCER]))
    assert clusters(found) == ["v1:80", "front:80", "404", "404"]
    leak = routes_for(found, FIRST)[1]["match"]["runtime_fraction"]["default_value"]
    assert leak == {"numerator": 10_000, "denominator": "MILLION"}


def test_status_that_lies_is_written_once() -> None:
    for defect in ("catch-all-pending", "parentless-route-accepted", "groupless-parent-accepted"):
        refs = {"catch-all-pending": [parent("front")], "groupless-parent-accepted": [BARE]}.get(defect, [])
        world = world_of([*stage(), *FRONT, route("front", refs, TO_V2)])
        [made] = world.routes.values()
        status = registry[defect].decisions.status
        first = status(world, made, [], desired_parents(world, made, [], "2026-01-01T00:00:00Z"))
        again = status(world, made, first, desired_parents(world, made, first, "2026-01-01T00:00:09Z"))
        [entry] = first
        assert {each["type"]: each["status"] for each in entry["conditions"]}["Accepted"] == (
            "False" if defect == "catch-all-pending" else "True"
        )
        assert json.dumps(again) == json.dumps(first), defect
