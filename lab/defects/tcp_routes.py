"""What wrong meshes make of TCPRoutes and TLSRoutes, and of ports beside routes, each beside the right thing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace

from lab.defects.calls import Worlds, routes_read
from lab.mesh.envoy.types import LISTENER, Resource
from lab.mesh.model.attachment import Refusal
from lab.mesh.model.backends import resolve_backend
from lab.mesh.model.conflicts import carrier, prevailing_routes
from lab.mesh.model.history import History
from lab.mesh.world.route import BackendRef, ObjectKey, Route, RouteKind, Rule
from lab.mesh.world.service import Service
from lab.mesh.world.snapshot import World, is_service

_NOWHERE = "nowhere"


def divided(change: Callable[[list[Resource]], list[Resource]]) -> Callable[[str, str, Resource], Resource]:
    """The weighted clusters of every listener whose connections a route divides become others."""

    def changed(type_url: str, name: str, resource: Resource) -> Resource:  # noqa: ARG001 - part of the signature
        if type_url != LISTENER:
            return resource
        made = deepcopy(resource)
        for proxy in _proxies(made):
            if "weighted_clusters" in proxy:
                proxy["weighted_clusters"]["clusters"] = change(proxy["weighted_clusters"]["clusters"])
        return made

    return changed


def _proxies(listener: Resource) -> Iterator[Resource]:
    for chain in listener.get("filter_chains", ()):
        yield from (each["typed_config"] for each in chain["filters"] if each["name"] == "tcp")


def equal(clusters: list[Resource]) -> list[Resource]:
    """All clusters count alike."""
    return [{**each, "weight": 1} for each in clusters]


def first_alone(clusters: list[Resource]) -> list[Resource]:
    """Only the first cluster is left."""
    return clusters[:1]


def handed_on(clusters: list[Resource]) -> list[Resource]:
    """What is to be rejected is divided among the others."""
    return [each for each in clusters if each["name"] != _NOWHERE] or clusters


def without_bad_routes(world: World, history: History) -> World:  # noqa: ARG001 - part of the signature
    """A TCPRoute none of whose backends resolves is ignored."""
    routes = {
        key: route for key, route in world.routes.items() if route.kind is not RouteKind.TCP or _any(world, route)
    }
    return replace(world, routes=routes)


def _any(world: World, route: Route) -> bool:
    refs = [ref for rule in route.rules for ref in rule.backends]
    return any(not isinstance(resolve_backend(world, ref, route.kind), Refusal) for ref in refs)


def _empty(world: World, route: Route) -> Iterator[BackendRef]:
    """The backends of the route that exist and have no endpoints."""
    for ref in (ref for rule in route.rules for ref in rule.backends):
        key = ObjectKey(ref.namespace, ref.name)
        if key in world.services and not any(piece.ready for piece in world.slices_by_service.get(key, ())):
            yield ref


def empty_replaced(world: World, history: History) -> World:  # noqa: ARG001 - part of the signature
    """Connections for a backend without endpoints go to the Service's own ones."""

    def changed(route: Route) -> Route:
        empty = set(_empty(world, route)) if route.kind is RouteKind.TCP else set()
        if not empty:
            return route
        own = _parent(route)
        rules = tuple(
            replace(
                rule, backends=tuple(replace(own, weight=ref.weight) if ref in empty else ref for ref in rule.backends)
            )
            for rule in route.rules
        )
        return replace(route, rules=rules)

    return replace(world, routes={key: changed(route) for key, route in world.routes.items()})


def _parent(route: Route) -> BackendRef:
    """The first Service that the route is attached to, as a backend."""
    parent = next(each for each in route.parents if is_service(each))
    ports = [ref.port for rule in route.rules for ref in rule.backends]
    return BackendRef(parent.namespace, parent.name, port=parent.port or ports[0])


def newest(routes: Sequence[Route]) -> tuple[Route, ...]:
    """Of several TCPRoutes the newest carries the connections."""
    chosen = prevailing_routes(routes)
    if carrier(chosen) is None:
        return chosen
    return (max(chosen, key=lambda route: route.age),)


def all_share(routes: Sequence[Route]) -> tuple[Route, ...]:
    """Several TCPRoutes share the connections."""
    chosen = prevailing_routes(routes)
    oldest = carrier(chosen)
    if oldest is None:
        return chosen
    refs = tuple(ref for route in chosen for rule in route.rules for ref in rule.backends)
    return (replace(oldest, rules=(Rule(backends=refs),)),)


def none_of_several(routes: Sequence[Route]) -> tuple[Route, ...]:
    """Several TCPRoutes on one port make the mesh ignore all of them."""
    chosen = prevailing_routes(routes)
    return () if carrier(chosen) is not None and len(chosen) > 1 else chosen


def any_name(route: Route) -> Route:
    """A TLSRoute is for every name."""
    return replace(route, hostnames=())


def other_names_open(routes: Sequence[Route]) -> tuple[Route, ...]:
    """Names that no TLSRoute has go to the Service's own endpoints."""
    chosen = prevailing_routes(routes)
    named = [route for route in chosen if route.kind is RouteKind.TLS and route.hostnames]
    if not named:
        return chosen
    rest = replace(named[-1], hostnames=(), rules=(Rule(backends=(_parent(named[-1]),)),))
    return (*chosen, rest)


def a_part_passes_by(kind: RouteKind) -> Worlds:
    """30 % of the connections go to the Service's own endpoints."""

    def rule(route: Route, found: Rule) -> Rule:
        total = sum(ref.weight for ref in found.backends)
        refs = tuple(replace(ref, weight=ref.weight * 70) for ref in found.backends)
        return replace(found, backends=(*refs, replace(_parent(route), weight=total * 30)))

    def changed(route: Route) -> Route:
        return replace(route, rules=tuple(rule(route, found) if found.backends else found for found in route.rules))

    return routes_read(kind, changed)


def routed_services(change: Callable[[Service], Service]) -> Worlds:
    """Services that an HTTPRoute is attached to are taken for others."""

    def changed(world: World, history: History) -> World:  # noqa: ARG001 - part of the decision's signature
        routed = {key for key, pairs in world.routes_by_parent.items() if any(_http(route) for route, _ in pairs)}
        services = {key: change(found) if key in routed else found for key, found in world.services.items()}
        return replace(world, services=services)

    return changed


def _http(route: Route) -> bool:
    return route.kind is RouteKind.HTTP


def read_as_http(*declared: str) -> Callable[[Service], Service]:
    """Ports that declare one of these protocols are expected to carry HTTP."""

    def changed(service: Service) -> Service:
        ports = (
            replace(port, app_protocol="http") if port.app_protocol in declared else port for port in service.ports
        )
        return replace(service, ports=tuple(ports))

    return changed


def http_ports_alone(service: Service) -> Service:
    """Ports that do not carry HTTP are not there."""
    return replace(service, ports=tuple(port for port in service.ports if port.app_protocol not in {"tcp", "tls"}))
