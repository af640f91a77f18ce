"""What the pose makes of the cluster: which routes are in force, and which signs the mesh leaves in the API. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lab.client import item
from lab.mesh.model.forwarding import without_mesh
from lab.mesh.world.route import GATEWAY_GROUP, ObjectKey, Route
from lab.mesh.world.snapshot import World, is_service
from lab.poses import Pose

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing to write: a merge patch at a path."""

    path: str
    body: Json


def in_force(world: World, pose: Pose) -> World:
    """The cluster as the data plane sees it: without routes that this kind of mesh would not act on.

    With waypoints a route has an effect only at Services whose namespace uses one that is there.
    """
    if pose.absent:
        return without_mesh(world)
    if pose.waypoint is None:
        return world
    served = {name for name, namespace in world.namespaces.items() if _has_waypoint(world, name, namespace.waypoint)}
    kept = {key: _only_in(route, served) for key, route in world.routes.items()}
    return replace(world, routes={key: route for key, route in kept.items() if route.parents})


def _has_waypoint(world: World, namespace: str, name: str) -> bool:
    return bool(name) and ObjectKey(namespace, name) in world.gateways


def _only_in(route: Route, namespaces: set[str]) -> Route:
    parents = tuple(each for each in route.parents if not is_service(each) or each.namespace in namespaces)
    return route if parents == route.parents else replace(route, parents=parents)


def reported(world: World, pose: Pose) -> World:
    """The cluster as far as the mesh writes status about its routes."""
    return replace(world, routes={}) if pose.absent else world


def signs(world: World, pose: Pose, said: Mapping[ObjectKey, bool], now: str) -> Iterator[Sign]:
    """What is still to be written. `said` tells of Services whether routes were last said to govern them."""
    if pose.absent:
        return
    yield from _annotations(world, pose)
    yield from _gateways(world, pose, now)
    yield from _services(world, pose, said, now)


def governed(world: World) -> dict[ObjectKey, bool]:
    """For each Service, whether any route names it as a parent."""
    return {key: key in world.routes_by_parent for key in world.services}


def _annotations(world: World, pose: Pose) -> Iterator[Sign]:
    """Pods that run already are taken in by whoever sees them (no sidecar does that)."""
    if not pose.pod_annotations:
        return
    for key, pod in world.pods.items():
        if not pod.taken_in and world.enrolled(key.namespace):
            body = {"metadata": {"annotations": dict(pose.pod_annotations)}}
            yield Sign(item("v1", "pods", key.name, key.namespace), body)


def _gateways(world: World, pose: Pose, now: str) -> Iterator[Sign]:
    """A waypoint is there as soon as it is asked for: the lab's Envoys are."""
    for key, gateway in world.gateways.items():
        if pose.waypoint is not None and not gateway.programmed:
            conditions = [
                _condition(kind, kind, status=True, generation=gateway.generation, now=now)
                for kind in ("Accepted", "Programmed")
            ]
            path = item(f"{GATEWAY_GROUP}/v1", "gateways", key.name, key.namespace)
            yield Sign(f"{path}/status", {"status": {"conditions": conditions}})


def _services(world: World, pose: Pose, said: Mapping[ObjectKey, bool], now: str) -> Iterator[Sign]:
    for key, routed in governed(world).items() if pose.service_conditions else ():
        if routed != said.get(key, False):
            conditions = [
                _condition(kind, reason, status=routed, generation=None, now=now)
                for kind, reason in pose.service_conditions
            ]
            path = item("v1", "services", key.name, key.namespace)
            yield Sign(f"{path}/status", {"status": {"conditions": conditions}})


def _condition(kind: str, reason: str, *, status: bool, generation: int | None, now: str) -> Json:
    return {
        "type": kind,
        "status": "True" if status else "False",
        "reason": reason,
        "message": "",
        "lastTransitionTime": now,
        **({} if generation is None else {"observedGeneration": generation}),
    }
