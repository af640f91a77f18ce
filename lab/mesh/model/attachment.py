"""Which Service ports a parentRef means, and how the routes of a port fall into groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab.mesh.model.ports import carries
from lab.mesh.world.route import ObjectKey, ParentRef, Route, RouteKey, RouteKind
from lab.mesh.world.service import Service, ServicePort
from lab.mesh.world.snapshot import World


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is not accepted: a reason of the Gateway API and a sentence for people."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class RouteGroups:
    """Producer routes, and for each consumer namespace the routes that replace them there."""

    producer: tuple[Route, ...]
    consumers: Mapping[str, tuple[Route, ...]]


def resolve_parent(
    world: World, parent: ParentRef, kind: RouteKind = RouteKind.HTTP
) -> tuple[ServicePort, ...] | Refusal:
    """The ports that a reference from a route of this type to a core Service selects, or why it selects nothing."""
    key = ObjectKey(parent.namespace, parent.name)
    service = world.services.get(key)
    if service is None:
        return Refusal("NoMatchingParent", f"Service {key} does not exist")  # status.missing-parent
    if service.type == "ExternalName":  # attachment.externalname-parent-unsupported
        return Refusal("NoMatchingParent", f"Service {key} is an ExternalName Service: it has no frontend")
    if service.headless:  # attachment.headless-parent-unsupported
        return Refusal("NoMatchingParent", f"Service {key} is headless: it has no frontend")
    # attachment.clusterip-parent-supported, nodeport-loadbalancer-parent (they own a cluster IP as well) and
    # selectorless-parent: nothing else about the Service matters.
    ports = tuple(port for port in service.ports if selects(parent, port))
    if not ports:  # attachment.port-not-in-service, sectionname-not-in-service
        return Refusal("NoMatchingParent", f"Service {key} has no {_wanted(parent)}")
    usable = tuple(port for port in ports if carries(port.app_protocol, kind))
    if not usable:
        return Refusal("NoMatchingParent", f"Service {key}: the {_wanted(parent)} carries no {kind.value} traffic")
    return usable


def selects(parent: ParentRef, port: ServicePort) -> bool:
    """Whether the reference covers this port of its Service.

    attachment.port-specific, sectionname-service-port-name, port-and-sectionname-conjunction; and neither of them set
    means every port (attachment.port-omitted-all-ports).
    """
    by_number = parent.port is None or parent.port == port.port
    by_name = parent.section_name is None or parent.section_name == port.name
    return by_number and by_name


def _wanted(parent: ParentRef) -> str:
    wanted = []
    if parent.section_name is not None:
        wanted.append(f"port named {parent.section_name}")
    if parent.port is not None:
        wanted.append(f"port {parent.port}")
    return " that is also ".join(wanted) if wanted else "TCP port"


def attached_routes(world: World, service: Service, port: ServicePort) -> tuple[Route, ...]:
    """The routes with a parentRef that selects this port, each once (attachment.multi-parent-same-service-sections)."""
    found: dict[RouteKey, Route] = {}
    for route, parent in world.routes_by_parent.get(service.key, ()):
        chosen = resolve_parent(world, parent, route.kind)
        if not isinstance(chosen, Refusal) and port in chosen:
            found[route.identity] = route
    return tuple(found.values())


def group_routes(service: Service, routes: Sequence[Route]) -> RouteGroups:
    """A route of the Service's own namespace is a producer route, any other a consumer route of its namespace.

    producer-consumer.producer-same-namespace-client, consumer-own-namespace, merge-keyed-by-route-namespace. The groups
    are never combined (producer-consumer.no-merge-across-groups) and age does not count between them
    (producer-consumer.consumer-overrides-producer).
    """
    producer: list[Route] = []
    consumers: dict[str, list[Route]] = {}
    for route in routes:
        if route.key.namespace == service.key.namespace:
            producer.append(route)
        else:
            consumers.setdefault(route.key.namespace, []).append(route)
    return RouteGroups(tuple(producer), {name: tuple(group) for name, group in sorted(consumers.items())})
