"""Harmless variations: each can be told to Envoy, changes something, and says the same of the same cluster."""

from __future__ import annotations

from typing import Any

import pytest

from lab.defects.registry import harmless
from lab.defects.variants import core_alias, for_hostnames, only_granted
from lab.mesh.ads.pack import Packer
from lab.mesh.envoy.types import LISTENER, ROUTES
from lab.mesh.model.decisions import CONFORMANT
from lab.mesh.plan import Planner
from lab.mesh.status import desired_parents
from lab.mesh.world.grants import parse_grant
from lab.mesh.world.route import ObjectKey
from lab.mesh.world.snapshot import World
from lab.poses import LAB
from tests.contract.lab_mesh.bench import stage
from tests.contract.lab_mesh.objects import C, P, endpoints, parent, prefix, route, rule, service
from tests.contract.lab_mesh.worlds import world_of

NOW = "2026-01-02T03:04:05Z"
BACKENDS = [{"name": "v1", "port": 80, "weight": 70}, {"name": "v2", "port": 80, "weight": 30}]
FOREIGN = {"name": "v1", "namespace": P, "port": 80}
ELSEWHERE = {"name": "v1", "namespace": C, "port": 80}


def world(**spec: object) -> World:
    producer = route("p", parent("front"), rule(prefix("/p"), to=BACKENDS[0]))
    producer["spec"]["rules"][0]["backendRefs"] = BACKENDS
    producer["spec"]["rules"].append(rule(prefix("/elsewhere"), to=ELSEWHERE))
    producer["spec"] |= spec
    consumer = route("c", parent("front", P), rule(prefix("/c"), to=FOREIGN), namespace=C)
    front = [service("front", "10.96.2.1", ports={"http": 80}), endpoints("front", "10.244.1.1")]
    front += [service("v1", "10.96.2.2", C), endpoints("v1", "10.244.1.1", namespace=C)]
    return world_of([*stage(), *front, producer, consumer])


@pytest.mark.parametrize("name", harmless)
def test_envoy_can_be_told(name: str) -> None:
    decisions = harmless[name].decisions
    seen = decisions.seen(world())
    plan = Planner(decisions).plan(seen)
    Packer().pack(plan.resources)
    plain = Planner(CONFORMANT).plan(world())
    assert (plan.resources != plain.resources) == (
        decisions.resource is not CONFORMANT.resource
        or decisions.retry is not CONFORMANT.retry
        or name == "grants-needed"
    )


@pytest.mark.parametrize(
    "name", [name for name in harmless if harmless[name].decisions.status is not CONFORMANT.status]
)
def test_status_settles(name: str) -> None:
    cluster, decide = world(), harmless[name].decisions.status
    first = next(each for each in cluster.routes.values() if each.key.namespace == P)
    written = decide(cluster, first, [], desired_parents(cluster, first, [], NOW, LAB.controller))
    later = desired_parents(cluster, first, written, "2026-01-02T03:04:09Z", LAB.controller)
    assert decide(cluster, first, written, later) == written
    assert written != desired_parents(cluster, first, [], NOW, LAB.controller)


AUDITED = {"type": "example.net/Audited", "status": "True", "reason": "Audited", "message": "By an auditor."}


@pytest.mark.parametrize(
    "name", [name for name in harmless if harmless[name].decisions.status is not CONFORMANT.status]
)
def test_what_others_wrote_stays_as_it_is(name: str) -> None:
    """In their entries, and in ours: what is added to at each turn never settles."""
    cluster, decide = world(), harmless[name].decisions.status
    first = next(each for each in cluster.routes.values() if each.key.namespace == P)

    def written(current: list[Any]) -> list[Any]:
        return decide(cluster, first, current, desired_parents(cluster, first, current, NOW, LAB.controller))

    ours = next(entry for entry in written([]) if entry["controllerName"] == LAB.controller)
    theirs = {"parentRef": ours["parentRef"], "controllerName": "example.net/other", "conditions": [AUDITED]}
    once = written([{**ours, "conditions": [*ours["conditions"], AUDITED]}, theirs])
    assert theirs in once
    assert [entry["conditions"].count(AUDITED) for entry in once if entry["controllerName"] == LAB.controller] == [1]
    assert written(once) == once


def test_producer_routes_need_grants() -> None:
    plain = world()
    producer, consumer = sorted(plain.routes, key=lambda key: key.namespace != P)

    def permitted(cluster: World) -> list[bool]:
        routes = only_granted(cluster).routes
        return [each.permitted for key in (producer, consumer) for each in routes[key].rules[-1].backends]

    grant = {
        "metadata": {"namespace": C, "name": "g"},
        "spec": {
            "from": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": P}],
            "to": [{"group": "", "kind": "Service"}],
        },
    }
    granted = World(routes=plain.routes, grants={ObjectKey(C, "g"): parse_grant(grant)})
    grant["spec"]["to"] = [{"group": "", "kind": "Service", "name": "v2"}]
    other = World(routes=plain.routes, grants={ObjectKey(C, "g"): parse_grant(grant)})
    assert (permitted(plain), permitted(granted), permitted(other)) == ([False, True], [True, True], [False, True])


def test_hostnames() -> None:
    limited = for_hostnames(world(hostnames=["a.example", "*.b.example"]))
    first, consumer = (limited.routes[key] for key in sorted(limited.routes, key=lambda key: key.namespace != P))
    (host,) = first.rules[0].matches[0].headers
    assert host.value == r"(a\.example|[^:]+\.b\.example)(:[0-9]+)?"
    assert consumer.rules[0].matches[0].headers == ()


def test_the_group_core() -> None:
    made = route("p", {**parent("front"), "group": "core"}, rule(prefix("/p"), to=FOREIGN))
    (plain,) = world_of([made]).routes.values()
    (read,) = core_alias(world_of([made])).routes.values()
    assert [plain.parents[0].group, read.parents[0].group] == ["core", ""]


def test_turns_replace_lots() -> None:
    plan = Planner(harmless["strict-shares"].decisions).plan(world())
    text = str(plan.resources[ROUTES]["10.96.2.1:80"])
    assert "runtime_fraction" not in text
    assert "'range_match': {'start': 0, 'end': 700000}" in text
    assert "envoy_on_request" in str(plan.resources[LISTENER]["10.96.2.1:80"])


def test_routes_that_two_callers_share_are_edited_once() -> None:
    cluster = world()
    producer = next(key for key in cluster.routes if key.namespace == P)
    alone = World(
        services=cluster.services,
        slices=cluster.slices,
        pods=cluster.pods,
        namespaces=cluster.namespaces,
        routes={key: each for key, each in cluster.routes.items() if key != producer},
    )
    plan = Planner(harmless["http2-between-proxies"].decisions).plan(alone)
    for host in plan.resources[ROUTES]["10.96.2.1:80"]["virtual_hosts"]:
        for each in host["routes"]:
            if "route" in each:
                (onward,) = each["request_headers_to_add"]
                assert onward["header"]["value"] != "proxies"
