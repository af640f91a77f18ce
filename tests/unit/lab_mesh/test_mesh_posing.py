"""Which routes are in force, and which signs are left, while the lab poses as another mesh."""

from __future__ import annotations

import asyncio
from typing import Any

from lab.client import Event
from lab.mesh.controller import ClusterState
from lab.mesh.model.ports import Protocol, protocol_of
from lab.mesh.model.posing import in_force, reported, signs
from lab.mesh.signs import Signs
from lab.mesh.status import desired_parents
from lab.mesh.world.route import ObjectKey
from lab.mesh.world.snapshot import World
from lab.poses import POSES, Pose
from tests.contract.lab_mesh.objects import P, parent, pod, route, rule, service

Json = dict[str, Any]
AMBIENT, CILIUM, SIDECAR = POSES["istio-ambient"], POSES["cilium"], POSES["istio-sidecar"]
NOW = "2026-01-01T00:00:00Z"


def world(pose: Pose, *objects: Json) -> World:
    """What a mesh in this pose makes of these objects."""
    state = ClusterState(("gamma-lab-system", "mesh"), pose)
    kinds = {kind.paths[0].rpartition("/")[2]: kind for kind in state.kinds()}
    for obj in objects:
        kind = kinds.get(obj["kind"].lower() + "s")
        if kind is not None:
            state.apply(kind, Event("ADDED", obj))
    return state.world()


def namespace(name: str = P, labels: Json | None = None) -> Json:
    return {"kind": "Namespace", "metadata": {"name": name, "labels": labels or {}}}


def waypoint(name: str = "w", conditions: list[Json] | None = None, **spec: Any) -> Json:
    listeners = [{"name": "mesh", "port": 15008, "protocol": "HBONE"}]
    return {
        "kind": "Gateway",
        "metadata": {"name": name, "namespace": P, "generation": 1},
        "spec": {"gatewayClassName": "istio-waypoint", "listeners": listeners, **spec},
        "status": {"conditions": conditions or []},
    }


IN_AMBIENT = {"istio.io/dataplane-mode": "ambient"}
USING = {**IN_AMBIENT, "istio.io/use-waypoint": "w"}
ROUTED = (service("front", "10.1.0.1"), service("v1", "10.1.0.2"), route("r", parent("front"), rule(to="v1")))


def routes(pose: Pose, *objects: Json) -> list[str]:
    return [key.name for key in in_force(world(pose, *ROUTED, *objects), pose).routes]


def test_with_waypoints_a_route_needs_one_that_is_there_and_used() -> None:
    assert routes(AMBIENT, namespace(labels=USING), waypoint()) == ["r"]
    assert routes(AMBIENT, namespace(labels=USING)) == []
    assert routes(AMBIENT, namespace(labels=IN_AMBIENT), waypoint()) == []
    assert routes(AMBIENT, namespace(labels=USING), waypoint("other")) == []
    assert routes(AMBIENT, namespace(labels=USING), waypoint(gatewayClassName="other")) == []
    assert routes(AMBIENT, namespace(labels=USING), waypoint(listeners=[])) == []


def test_without_waypoints_every_route_is_in_force() -> None:
    assert routes(SIDECAR, namespace()) == ["r"]


def test_an_absent_mesh_does_nothing() -> None:
    nobody = POSES["none"]
    assert routes(nobody, namespace()) == []
    assert reported(world(nobody, *ROUTED), nobody).routes == {}
    assert list(signs(world(nobody, *ROUTED), nobody, {}, NOW)) == []
    plain = in_force(world(nobody, *ROUTED), nobody)
    ports = [port for one in plain.services.values() for port in one.ports]
    assert ports
    assert {protocol_of(port.app_protocol) for port in ports} == {Protocol.TCP}, "connections are forwarded, unread"


def test_a_pod_is_in_the_mesh_with_its_namespace_and_its_proxy() -> None:
    labels = {"istio-injection": "enabled"}
    bare = pod(P, "bare", "10.0.0.1")
    proxied = pod(P, "proxied", "10.0.0.2")
    proxied["spec"] = {"initContainers": [{"name": "istio-proxy", "restartPolicy": "Always"}]}
    seen = world(SIDECAR, namespace(labels=labels), bare, proxied)
    assert (seen.addresses, seen.outsiders) == ({P: ("10.0.0.2",)}, ("10.0.0.1",))
    seen = world(SIDECAR, namespace(), bare, proxied)
    assert (seen.addresses, seen.outsiders) == ({}, ("10.0.0.1", "10.0.0.2"))


def test_running_pods_are_noted_as_taken_in() -> None:
    here, there = pod(P, "a", "10.0.0.1"), pod("elsewhere", "b", "10.0.0.2")
    seen = world(AMBIENT, namespace(labels=IN_AMBIENT), namespace("elsewhere"), here, there)
    (sign,) = signs(seen, AMBIENT, {}, NOW)
    assert sign.path == f"/api/v1/namespaces/{P}/pods/a"
    assert sign.body == {"metadata": {"annotations": {"ambient.istio.io/redirection": "enabled"}}}
    here["metadata"]["annotations"] = {"ambient.istio.io/redirection": "enabled"}
    assert list(signs(world(AMBIENT, namespace(labels=IN_AMBIENT), here), AMBIENT, {}, NOW)) == []


def test_a_waypoint_is_programmed_once() -> None:
    (sign,) = signs(world(AMBIENT, waypoint()), AMBIENT, {}, NOW)
    assert sign.path == f"/apis/gateway.networking.k8s.io/v1/namespaces/{P}/gateways/w/status"
    conditions = sign.body["status"]["conditions"]
    assert [(one["type"], one["status"], one["observedGeneration"]) for one in conditions] == [
        ("Accepted", "True", 1),
        ("Programmed", "True", 1),
    ]
    assert list(signs(world(AMBIENT, waypoint(conditions=conditions)), AMBIENT, {}, NOW)) == []


def test_services_say_whether_routes_govern_them() -> None:
    seen = world(CILIUM, *ROUTED)
    (sign,) = signs(seen, CILIUM, {}, NOW)
    assert sign.path == f"/api/v1/namespaces/{P}/services/front/status"
    assert {one["type"]: one["status"] for one in sign.body["status"]["conditions"]} == {
        "gamma.cilium.io/GammaRoutesAttached": "True",
        "gamma.cilium.io/GammaRoutesProgrammed": "True",
    }
    assert list(signs(seen, CILIUM, {ObjectKey(P, "front"): True}, NOW)) == []
    (sign,) = signs(world(CILIUM, service("front", "10.1.0.1")), CILIUM, {ObjectKey(P, "front"): True}, NOW)
    assert {one["status"] for one in sign.body["status"]["conditions"]} == {"False"}


def test_status_carries_the_name_of_the_controller_that_is_posed() -> None:
    seen = world(CILIUM, *ROUTED)
    (only,) = seen.routes.values()
    (entry,) = desired_parents(seen, only, [], NOW, CILIUM.controller)
    assert entry["controllerName"] == "io.cilium/gateway-controller"


class Api:
    """Takes writes."""

    def __init__(self) -> None:
        self.writes: list[str] = []
        self.written = asyncio.Event()

    async def patch(self, path: str, body: Json) -> Json:
        self.writes.append(path)
        self.written.set()
        return body


def test_signs_are_written_once() -> None:
    async def scene() -> list[str]:
        api = Api()
        writer = Signs(api, CILIUM)  # type: ignore[arg-type]  # it watches nothing
        task = asyncio.create_task(writer.run())
        for _ in range(3):
            writer.want(world(CILIUM, *ROUTED))
            await asyncio.wait_for(api.written.wait(), 5)
            await asyncio.sleep(0.01)
        task.cancel()
        return api.writes

    assert asyncio.run(scene()) == [f"/api/v1/namespaces/{P}/services/front/status"]
