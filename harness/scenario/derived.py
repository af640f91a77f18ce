"""What follows from a scenario and is therefore never written into it. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.scenario.checks import StatusCheck
from harness.scenario.model import Accepted, Apply, Delete, Refused, Scenario
from harness.scenario.remembered import remembered
from spec import features

Obj = dict[str, Any]
Identity = tuple[str, str, str]  # kind, namespace, name

_ADDRESS_SCHEME = "clusterip://"
_ADDRESS_FEATURE = "MeshClusterIPMatching"
_UPGRADE_FEATURE = "HTTPRouteBackendProtocolWebSocket"
_RESET = "x-gamma-echo-reset"  # asks a backend to reset connections
_RETRY, _RETRY_AFTER_RESET = "HTTPRouteRetry", "HTTPRouteRetryConnectionError"
_MESH_KINDS, _MESH_RESOURCE = ("Mesh", "XMesh"), "XMesh"
#: Stands in Mesh objects for the name of the mesh's controller, which only the mesh's profile knows.
MESH_CONTROLLER = "mesh.gamma.example/controller"


def identity(obj: Obj) -> Identity:
    """What makes an object the same object."""
    metadata = obj.get("metadata") or {}
    return str(obj.get("kind", "")), str(metadata.get("namespace", "")), str(metadata.get("name", ""))


def applied_objects(scenario: Scenario) -> Iterator[Obj]:
    """The objects of every list that a step applies, in that order."""
    for step in scenario.steps:
        if isinstance(step, Apply):
            yield from scenario.manifests.get(step.apply, ())


def written_objects(scenario: Scenario) -> Iterator[Obj]:
    """The objects of every list that a step applies or asks admission about, in that order."""
    for step in scenario.steps:
        if (name := list_of(step)) is not None:
            yield from scenario.manifests.get(name, ())


def list_of(step: object) -> str | None:
    """The list of manifests that a step sends to the API; None for steps that send none."""
    match step:
        case Apply():
            return step.apply
        case Refused():
            return step.refused
        case Accepted():
            return step.accepted
        case _:
            return None


@remembered
def features_needed(scenario: Scenario) -> frozenset[str]:
    """The features that manifests and probes make use of; those in ``unless`` are there to be absent."""
    needed: set[str] = set()
    for obj in written_objects(scenario):
        needed |= features.features_of(obj)
    if any(probe.url.startswith(_ADDRESS_SCHEME) for probe in scenario.probes.values()):
        needed.add(_ADDRESS_FEATURE)
    if any(probe.protocol == "websocket" for probe in scenario.probes.values()):
        needed.add(_UPGRADE_FEATURE)
    if _RETRY in needed and any(_RESET in probe.headers for probe in scenario.probes.values()):
        needed.add(_RETRY_AFTER_RESET)
    if any(check.of.partition("/")[0] in _MESH_KINDS for check in scenario.checks if isinstance(check, StatusCheck)):
        needed.add(_MESH_RESOURCE)
    return frozenset(needed - set(scenario.unless))


def is_of_the_mesh(obj: Obj) -> bool:
    """Whether the object is a Mesh that belongs to the mesh which is played on."""
    spec = obj.get("spec")
    named = isinstance(spec, dict) and spec.get("controllerName") == MESH_CONTROLLER
    return named and obj.get("kind") == _MESH_RESOURCE


def needs_controller(scenario: Scenario) -> bool:
    """Whether the scenario writes Mesh objects of the mesh, so that the profile has to say whose they are."""
    return any(is_of_the_mesh(obj) for obj in written_objects(scenario))


def static_services(scenario: Scenario) -> list[Obj]:
    """The Services that no step changes: applied before or with the first route, and neither deleted nor redefined."""
    first: dict[Identity, Obj] = {}
    for step in scenario.steps:
        if not isinstance(step, Apply):
            continue
        objects = scenario.manifests.get(step.apply, ())
        first.update({identity(obj): obj for obj in objects if obj.get("kind") == "Service"})
        if any(obj.get("kind") != "Service" for obj in objects):
            break
    changed = _changed_later(scenario)
    return [obj for key, obj in first.items() if key not in changed]


def _changed_later(scenario: Scenario) -> set[Identity]:
    """Objects that are deleted, or that two applied lists define."""
    changed: set[Identity] = set()
    defined_in: dict[Identity, str] = {}
    for step in scenario.steps:
        if isinstance(step, Delete):
            changed |= {identity(obj) for obj in scenario.manifests.get(step.delete, ())}
        elif isinstance(step, Apply):
            for obj in scenario.manifests.get(step.apply, ()):
                if defined_in.setdefault(identity(obj), step.apply) != step.apply:
                    changed.add(identity(obj))
    return changed


def manifests_at(scenario: Scenario, step: int) -> list[Obj]:
    """The objects in force after step ``step`` (from 1), in the order of their first application."""
    present: dict[Identity, Obj] = {}
    for done in scenario.steps[:step]:
        if isinstance(done, Apply):
            present |= {identity(obj): obj for obj in scenario.manifests.get(done.apply, ())}
        elif isinstance(done, Delete):
            for obj in scenario.manifests.get(done.delete, ()):
                present.pop(identity(obj), None)
    return list(present.values())


def parent_services(route: Obj) -> list[tuple[str, str]]:
    """Namespace and name of the core Services that a route names as parents."""
    own = (route.get("metadata") or {}).get("namespace", "")
    return [
        (str(parent.get("namespace", own)), str(parent.get("name", "")))
        for parent in (route.get("spec") or {}).get("parentRefs") or ()
        if parent.get("kind") == "Service" and not parent.get("group", "gateway.networking.k8s.io")
    ]


_OPAQUE = frozenset({"tcp", "tls"})
_HTTP_PORT: Obj = {"name": "http", "port": 80, "targetPort": 8080, "appProtocol": "http"}


def fence_services(scenario: Scenario) -> list[Obj]:
    """The Services that the scenario's fences stand on: like the parents of the fenced routes, with names of their own.

    One for each namespace and number of the first port that carries requests; they are never routed but by the fence.
    """
    services = {identity(obj)[1:]: obj for obj in applied_objects(scenario) if obj.get("kind") == "Service"}
    fences: dict[tuple[str, int], Obj] = {}
    for step in scenario.steps:
        if not isinstance(step, Apply) or step.fence is None:
            continue
        for route in scenario.manifests.get(step.apply, ()):
            for parent in parent_services(route):
                if (service := services.get(parent)) is not None:
                    fence = _fence_service(scenario, service, first=not fences)
                    fences.setdefault((parent[0], fence["spec"]["ports"][0]["port"]), fence)
    return list(fences.values())


def _fence_service(scenario: Scenario, service: Obj, *, first: bool) -> Obj:
    spec = service["spec"]
    # A fence is a route for requests: where connections carry none, it stands on a port of its own.
    port = next((port for port in spec["ports"] if port.get("appProtocol") not in _OPAQUE), _HTTP_PORT)
    name = f"fence-{scenario.id}" if first else f"fence-{scenario.id}-{port['port']}"
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name[:63].rstrip("-"), "namespace": service["metadata"]["namespace"]},
        "spec": {"selector": dict(spec.get("selector") or {"echo": "any"}), "ports": [dict(port)]},
    }
