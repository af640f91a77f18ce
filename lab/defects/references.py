"""Defects in what a backendRef is taken to mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lab.defects.model import Defect, defect
from lab.defects.tables import each_division, each_entry
from lab.mesh.model.actions import Action, ClusterKey, Entry, Forward, FrontendRules, Share
from lab.mesh.model.attachment import Refusal
from lab.mesh.model.backends import resolve_backend
from lab.mesh.model.history import History
from lab.mesh.world.route import BackendRef, ObjectKey, Route, RouteKind
from lab.mesh.world.service import Service, ServicePort
from lab.mesh.world.snapshot import World, endpoints

resolve = resolve_backend


def _service(world: World, ref: BackendRef) -> Service | None:
    core = (ref.group, ref.kind) == ("", "Service")
    return world.services.get(ObjectKey(ref.namespace, ref.name)) if core else None


def _any_kind(world: World, ref: BackendRef) -> ClusterKey | Refusal:
    return resolve_backend(world, replace(ref, group="", kind="Service"))


def _first_port(world: World, ref: BackendRef) -> ClusterKey | Refusal:
    """A port that the Service does not have is its first one."""
    service = _service(world, ref)
    if service is None or service.port(ref.port) is not None or not service.ports:
        return resolve_backend(world, ref)
    return resolve_backend(world, replace(ref, port=service.ports[0].port))


def _container_port_too(world: World, ref: BackendRef) -> ClusterKey | Refusal:
    """A port that the Service does not have may be one that its pods have."""
    service = _service(world, ref)
    if service is None or service.port(ref.port) is not None:
        return resolve_backend(world, ref)
    return _by_container_port(world, ref)


def _by_container_port(world: World, ref: BackendRef) -> ClusterKey | Refusal:
    """The number is that of the pods' port, where any port of the Service leads to one of that number."""
    service = _service(world, ref)
    ports = service.ports if service else ()
    leading = next((port.port for port in ports if port.target == ref.port), ref.port)
    return resolve_backend(world, replace(ref, port=leading))


def _with_cluster_ip(world: World, ref: BackendRef) -> ClusterKey | Refusal:
    service = _service(world, ref)
    if service is not None and service.headless:
        return Refusal("BackendNotFound", f"Service {service.key} has no cluster IP")
    return resolve_backend(world, ref)


def _with_selector(world: World, ref: BackendRef) -> ClusterKey | Refusal:
    service = _service(world, ref)
    if service is not None and service.type != "ExternalName" and not service.selector:
        return Refusal("BackendNotFound", f"Service {service.key} selects no pods")
    return resolve_backend(world, ref)


def _name_followed(world: World, ref: BackendRef) -> ClusterKey | Refusal:
    """An ExternalName is looked up, as far as it leads to another Service."""
    service = _service(world, ref)
    if service is None or not service.external_name:
        return resolve_backend(world, ref)
    name, namespace, *_ = (*service.external_name.split("."), "")
    return resolve_backend(world, replace(ref, name=name, namespace=namespace))


def _dialled_port(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:
    """Backends are reached at the port that the client dialled, if they have it."""

    def kept(share: Share) -> Share:
        if not isinstance(share.action, Forward):
            return share
        backend = world.services.get(share.action.cluster.service)
        if backend is None or backend.port(port.port) is None:
            return share
        return replace(share, action=replace(share.action, cluster=ClusterKey(backend.key, port.port)))

    change = each_division(lambda shares: tuple(kept(share) for share in shares))
    return change(world, service, port, rules)


def _own_namespace(world: World, history: History) -> World:  # noqa: ARG001 - part of the decision's signature
    """Backends are looked up in the namespace of their route."""

    def kept(route: Route) -> Route:
        if route.kind is not RouteKind.HTTP:
            return route
        rules = (
            replace(rule, backends=tuple(replace(ref, namespace=route.key.namespace) for ref in rule.backends))
            for rule in route.rules
        )
        return replace(route, rules=tuple(rules))

    return replace(world, routes={key: kept(route) for key, route in world.routes.items()})


def _ready(world: World, action: Action) -> bool:
    """Whether there is an endpoint for it; what needs none, or is one by itself, counts as ready."""
    service = world.services.get(action.cluster.service) if isinstance(action, Forward) else None
    if not isinstance(action, Forward) or service is None:
        return True
    port = service.port(action.cluster.port)
    return port is not None and bool(endpoints(world, service.key, port.name))


def _empty_is_service_itself(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:
    """The Service's own endpoints step in for backends without any."""

    def filled(entry: Entry, plain: Forward) -> Iterator[Entry]:
        shares = (share if _ready(world, share.action) else replace(share, action=plain) for share in entry.shares)
        yield replace(entry, shares=tuple(shares))

    return each_entry(filled)(world, service, port, rules)


def _empty_dropped(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:
    """Rules whose backends have no endpoints at all match nothing."""

    def kept(entry: Entry, plain: Forward) -> Iterator[Entry]:  # noqa: ARG001 - part of the signature
        if any(_ready(world, share.action) for share in entry.shares):
            yield entry

    return each_entry(kept)(world, service, port, rules)


def _empty_without_share(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:
    """The share of a backend without endpoints goes to the others."""
    change = each_division(lambda shares: tuple(each for each in shares if _ready(world, each.action)) or shares)
    return change(world, service, port, rules)


def _all_resolved(world: World, route: Route, current: list[Any], wanted: list[Any]) -> list[Any]:  # noqa: ARG001
    """A port that a backend does not have is not looked at when the status is written."""

    def resolved(condition: dict[str, Any]) -> dict[str, Any]:
        if condition["type"] != "ResolvedRefs" or " has no port " not in condition["message"]:
            return condition
        return {**condition, "status": "True", "reason": "ResolvedRefs", "message": "All references are resolved"}

    return [{**entry, "conditions": [resolved(each) for each in entry.get("conditions", ())]} for entry in wanted]


DEFECTS: tuple[Defect, ...] = (
    defect(
        "backend-kind-ignored",
        "Group and kind of a backendRef are ignored: a Service of that name gets the requests",
        breaks=("backends.unknown-kind-500",),
        cause="Only Services were backends when the lookup was written, and it asks for nothing but the name.",
        backend=_any_kind,
    ),
    defect(
        "unknown-port-is-first",
        "A port that the backend does not have is taken for its first one",
        breaks=("backends.port-not-in-service",),
        cause="Most Services have a single port, and the lookup falls back on it.",
        backend=_first_port,
    ),
    defect(
        "container-port-accepted",
        "A port that the backend does not have may be one of its pods",
        breaks=("backends.port-not-in-service",),
        cause="The mesh learns of destinations from pods, and compares the number with all that it knows of them.",
        backend=_container_port_too,
    ),
    defect(
        "backend-port-is-container-port",
        "The port of a backendRef is the one that its pods listen on",
        breaks=("backends.port-is-service-port", "backends.port-not-in-service"),
        cause="The number is compared with that of the endpoints, where both are the same for most Services.",
        backend=_by_container_port,
    ),
    defect(
        "dialled-port-kept",
        "A backend that has the port that was dialled is reached there, whatever the route says",
        breaks=("backends.port-differs-from-parent",),
        cause="The proxy keeps the original destination port and replaces the address only.",
        rules=_dialled_port,
    ),
    defect(
        "backend-namespace-ignored",
        "Backends are looked up in the namespace of their route",
        breaks=("producer-consumer.producer-backend-cross-namespace",),
        cause="The lookup was written for a time when references across namespaces were not allowed.",
        world=_own_namespace,
    ),
    defect(
        "headless-backend-unusable",
        "A headless Service cannot be a backend",
        breaks=("backends.headless-backend",),
        cause="Destinations are known by their cluster IP, and these Services have none.",
        backend=_with_cluster_ip,
    ),
    defect(
        "hand-written-endpoints-ignored",
        "A Service without a selector cannot be a backend",
        breaks=("backends.manual-endpointslices",),
        cause="Endpoints are found by the selector, not by the EndpointSlices.",
        backend=_with_selector,
    ),
    defect(
        "external-name-backend-followed",
        "An ExternalName Service as a backend leads to whatever its name says",
        breaks=("backends.externalname-unsupported",),
        cause="The cluster is one that asks the DNS, and there the Service is an alias.",
        backend=_name_followed,
    ),
    defect(
        "empty-backend-is-service-itself",
        "The Service's own endpoints step in for a backend without any",
        breaks=("backends.no-endpoints-503",),
        cause="The balancer falls back on the original destination when it has nothing to choose from.",
        rules=_empty_is_service_itself,
    ),
    defect(
        "empty-backend-404",
        "A rule whose backends have no endpoints matches nothing",
        breaks=("backends.no-endpoints-503", "lifecycle.endpoints-scale-to-zero-and-back"),
        cause="Routes to a cluster are published with its first endpoint, and withdrawn with the last.",
        rules=_empty_dropped,
    ),
    defect(
        "renormalised-without-empty",
        "The share of a backend without endpoints goes to the others",
        breaks=("backends.no-endpoints-proportional",),
        cause="Weights are multiplied with the number of healthy endpoints, and then add up to less.",
        rules=_empty_without_share,
    ),
    defect(
        "unknown-port-not-told",
        "A port that the backend does not have is not told in the status",
        breaks=("backends.port-not-in-service",),
        cause="The status is written by another component, which looks Services up by name.",
        status=_all_resolved,
    ),
)
