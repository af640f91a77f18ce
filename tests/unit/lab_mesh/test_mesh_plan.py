"""Plans: what is made, what is kept from the last plan, and who may call whom."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.defects.registry import harmless, registry
from lab.mesh.ads.pack import Packer, pack_one
from lab.mesh.envoy.clusters import load_assignment
from lab.mesh.envoy.routes import thresholds
from lab.mesh.envoy.types import CLUSTER, ENDPOINTS, LISTENER, ROUTES
from lab.mesh.model.actions import Respond, Share
from lab.mesh.model.decisions import CONFORMANT
from lab.mesh.model.ports import Protocol, protocol_of
from lab.mesh.plan import Plan, Planner
from lab.mesh.world.route import ObjectKey
from lab.mesh.world.snapshot import World, endpoints
from spec import defects as known_defects
from tests.contract.lab_mesh.bench import stage
from tests.contract.lab_mesh.objects import C, D, P, namespace, parent, pod, prefix, route, rule, service
from tests.contract.lab_mesh.objects import endpoints as slice_of
from tests.contract.lab_mesh.worlds import world_of

FRONT = [service("front", "10.96.2.1", ports={"http": 80, "alt": 8080}), slice_of("front", "10.244.1.1")]
CONSUMER = route(
    "c", parent("front", P), rule(prefix("/c"), to={"name": "v1", "namespace": P, "port": 80}), namespace=C
)


def plan_of(*objects: dict[str, Any]) -> Plan:
    return Planner(CONFORMANT).plan(world_of([*stage(), *objects]))


def hosts(plan: Plan, name: str = "10.96.2.1:80") -> dict[str, list[str]]:
    return {host["name"]: host["domains"] for host in plan.resources[ROUTES][name]["virtual_hosts"]}


def test_one_of_everything_for_every_service_port() -> None:
    plan = plan_of(*FRONT)
    assert {f"{P}/front:80", f"{P}/front:8080"} <= plan.resources[CLUSTER].keys()
    assert plan.resources[CLUSTER].keys() == plan.resources[ENDPOINTS].keys()
    assert {"10.96.2.1:80", "10.96.2.1:8080"} <= plan.resources[LISTENER].keys()
    assert plan.resources[LISTENER].keys() == plan.resources[ROUTES].keys()


def test_services_without_cluster_ip_are_clusters_only() -> None:
    headless = service("headless", "None")
    plan = plan_of(headless)
    assert f"{P}/headless:80" in plan.resources[CLUSTER]
    assert plan.resources[LISTENER].keys() == plan_of().resources[LISTENER].keys()


def test_virtual_hosts_by_caller() -> None:
    assert hosts(plan_of(*FRONT)) == {"everybody": ["*"]}
    assert hosts(plan_of(*FRONT, CONSUMER)) == {
        f"consumer {C}": ["10.244.2.50", "10.244.2.51"],
        "outside": ["10.244.2.70"],
        "everybody": ["*"],
    }


def test_callers_come_and_go() -> None:
    with_new_pod = plan_of(*FRONT, CONSUMER, pod(C, "new", "10.244.2.99"))
    assert hosts(with_new_pod)[f"consumer {C}"] == ["10.244.2.50", "10.244.2.51", "10.244.2.99"]


def test_consumer_namespace_outside_the_mesh_is_outside() -> None:
    found = hosts(plan_of(namespace(C, enrolled=False), *FRONT, CONSUMER))
    assert found == {"outside": ["10.244.2.50", "10.244.2.51", "10.244.2.70"], "everybody": ["*"]}


def test_an_address_used_again_belongs_to_the_newer_pod() -> None:
    old, new = pod(C, "old", "10.244.2.1"), pod(D, "new", "10.244.2.1")
    old["metadata"]["resourceVersion"], new["metadata"]["resourceVersion"] = "99", "100"
    assert world_of([namespace(C), namespace(D), old, new]).addresses == {D: ("10.244.2.1",)}


def test_ended_pods_and_pods_without_address_call_nobody() -> None:
    ended, waiting = pod(C, "ended", "10.244.2.1"), pod(C, "waiting", "")
    ended["status"]["phase"] = "Succeeded"
    assert world_of([ended, waiting]).pods == {}


def test_what_did_not_change_is_the_same_object() -> None:
    planner = Planner(CONFORMANT)
    before = planner.plan(world_of([*stage(), *FRONT, CONSUMER])).resources
    other = route("other", parent("v2"), rule(to="v1"))
    after = planner.plan(world_of([*stage(), *FRONT, CONSUMER, other])).resources
    changed = {
        (kind, name) for kind in after for name in after[kind] if after[kind][name] is not before[kind].get(name)
    }
    assert changed == {(ROUTES, "10.96.1.2:80"), (ROUTES, "10.96.1.2:81")}


@pytest.mark.parametrize(
    "change",
    [
        [pod(C, "new", "10.244.2.99")],
        [service("v1", "10.96.1.1", ports={"web": 8000})],
        [namespace(C, enrolled=False)],
        [route("d", parent("front"), rule(to="v2"))],
    ],
    ids=["caller", "backend", "enrolment", "route"],
)
def test_what_depends_on_a_change_is_made_anew(change: list[dict[str, Any]]) -> None:
    planner, world = Planner(CONFORMANT), [*stage(), *FRONT, CONSUMER]
    before = planner.plan(world_of(world)).resources[ROUTES]["10.96.2.1:80"]
    after = planner.plan(world_of([*world, *change])).resources[ROUTES]["10.96.2.1:80"]
    assert after != before
    assert after == Planner(CONFORMANT).plan(world_of([*world, *change])).resources[ROUTES]["10.96.2.1:80"]


def test_every_resource_is_valid_and_packed_once() -> None:
    packer, planner = Packer(), Planner(CONFORMANT)
    first = packer.pack(planner.plan(world_of([*stage(), *FRONT])).resources)
    second = packer.pack(planner.plan(world_of([*stage(), *FRONT, CONSUMER])).resources)
    kept = {name for name, packed in second[ROUTES].items() if packed is first[ROUTES].get(name)}
    assert second[ROUTES].keys() - kept == {"10.96.2.1:80", "10.96.2.1:8080"}
    assert first[CLUSTER] == second[CLUSTER]


def test_version_is_a_digest_of_the_content() -> None:
    one = pack_one(ENDPOINTS, "a", load_assignment("a", [("10.0.0.1", 80)]))
    assert one == pack_one(ENDPOINTS, "a", load_assignment("a", [("10.0.0.1", 80)]))
    assert one.version != pack_one(ENDPOINTS, "a", load_assignment("a", [])).version


def test_endpoints_are_the_ready_ones_of_the_port() -> None:
    piece = slice_of("front", "10.244.1.1", "10.244.1.2", "10.244.1.3", ports={"http": 8080, "alt": 8081})
    piece["endpoints"][0]["conditions"] = {"ready": False}
    piece["endpoints"][1]["conditions"] = {}
    manual = slice_of("front", "10.244.1.9")
    manual["metadata"]["name"] = "by-hand"
    foreign = slice_of("front", "10.244.1.8", namespace=C)
    names = slice_of("front", "example.org")
    names["metadata"]["name"], names["addressType"] = "fqdn", "FQDN"
    world = world_of([piece, manual, foreign, names])
    front = ObjectKey(P, "front")
    assert endpoints(world, front, "http") == (("10.244.1.2", 8080), ("10.244.1.3", 8080), ("10.244.1.9", 8080))
    assert endpoints(world, front, "alt") == (("10.244.1.2", 8081), ("10.244.1.3", 8081))


@pytest.mark.parametrize(
    ("app_protocol", "expected"),
    [
        ("http", Protocol.HTTP),
        ("HTTP", Protocol.HTTP),
        ("kubernetes.io/h2c", Protocol.HTTP),
        ("kubernetes.io/ws", Protocol.HTTP),
        ("grpc", Protocol.HTTP),
        (None, Protocol.SNIFFED),
        ("tcp", Protocol.TCP),
        ("https", Protocol.TCP),
        ("mongo", Protocol.TCP),
    ],
)
def test_protocol_of_a_port(app_protocol: str | None, expected: Protocol) -> None:
    assert protocol_of(app_protocol) is expected


@given(st.lists(st.integers(1, 1_000_000), min_size=1, max_size=16))
def test_thresholds_divide_the_whole_range_by_weight(weights: list[int]) -> None:
    ends = thresholds([Share(weight, Respond(500)) for weight in weights])
    assert ends == sorted(ends)
    assert ends[-1] == 1_000_000
    for weight, start, end in zip(weights, [0, *ends], ends, strict=False):
        assert abs((end - start) / 1_000_000 - weight / sum(weights)) <= 1e-6


def test_enrolment_needs_the_label() -> None:
    world = world_of([namespace("a"), namespace("b", enrolled=False)])
    assert [world.enrolled(name) for name in ("a", "b", "unknown")] == [True, False, False]


def test_pods_are_left_alone_unless_a_defect_says_otherwise() -> None:
    world = world_of([*stage(), *FRONT])
    assert Planner(CONFORMANT).plan(world).intercepted == frozenset()
    found = Planner(registry["pod-ip-intercepted"].decisions).plan(world)
    assert found.intercepted == {"10.244.1.1", "10.244.1.2", *(f"10.244.1.{n}" for n in range(31, 35))}
    assert found.resources[LISTENER]["10.244.1.1:8080"]["transparent"] is True


def test_defects_change_one_decision_each() -> None:
    fields = CONFORMANT.__dataclass_fields__
    circumstances = {"every", "numbered"}
    for defect in (*registry.values(), *harmless.values()):
        changed = [name for name in fields if getattr(defect.decisions, name) != getattr(CONFORMANT, name)]
        assert len({*changed} - circumstances) == 1, defect.id
        assert defect.title
        assert bool(defect.breaks) == (defect.id in registry)
        assert defect.cause.endswith(".")


def test_defects_are_those_of_the_specification() -> None:
    listed = {each.id: set(each.breaks) for each in known_defects.load().values()}
    assert listed == {defect.id: set(defect.breaks) for defect in registry.values()}
    assert known_defects.variations().keys() == harmless.keys()


def test_empty_cluster() -> None:
    assert Planner(CONFORMANT).plan(World()).resources == {CLUSTER: {}, ENDPOINTS: {}, LISTENER: {}, ROUTES: {}}
