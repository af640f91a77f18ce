"""Wrong readings of parentRefs: what a route attaches to, beside the right answer in `lab.mesh.model.attachment`.

Only the data plane follows them; the status of the routes is judged as it ought to be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from lab.mesh.model.history import History
from lab.mesh.world.route import GATEWAY_GROUP, ObjectKey, ParentRef, Route
from lab.mesh.world.service import Service, ServicePort
from lab.mesh.world.snapshot import World, endpoints, is_service

Worlds = Callable[[World, History], World]
_UNNAMEABLE = "?"  # no port of a Service can have this name


def routes_as_read(change: Callable[[World, Route], Route]) -> Worlds:
    """The data plane follows changed routes."""

    def followed(world: World, history: History) -> World:  # noqa: ARG001 - part of the decision's signature
        return replace(world, routes={key: change(world, route) for key, route in world.routes.items()})

    return followed


def parents_as_read(change: Callable[[World, Route, ParentRef], Iterable[ParentRef]]) -> Worlds:
    """Each parentRef of a route is taken for others."""

    def route(world: World, found: Route) -> Route:
        return replace(found, parents=tuple(read for ref in found.parents for read in change(world, found, ref)))

    return routes_as_read(route)


def sections_as_read(change: Callable[[Service, ParentRef], Iterable[ParentRef]]) -> Worlds:
    """Each parentRef to a Service that exists is taken for others to the same Service."""

    def parent(world: World, route: Route, ref: ParentRef) -> Iterable[ParentRef]:  # noqa: ARG001 - the signature
        service = named(world, ref)
        return (ref,) if service is None else change(service, ref)

    return parents_as_read(parent)


def named(world: World, ref: ParentRef) -> Service | None:
    """The Service that the reference names, if it names one that exists."""
    return world.services.get(ObjectKey(ref.namespace, ref.name)) if is_service(ref) else None


def core(ref: ParentRef) -> ParentRef:
    """The reference as one to the core Service of its name."""
    return replace(ref, group="", kind="Service")


def nowhere(ref: ParentRef) -> ParentRef:
    """The reference as one to a port that its Service does not have."""
    return replace(ref, section_name=_UNNAMEABLE)


def group_defaults_to_core(world: World, route: Route, ref: ParentRef) -> Iterable[ParentRef]:  # noqa: ARG001
    """A group left out is the core group where the kind is Service."""
    return (core(ref) if (ref.group, ref.kind) == (GATEWAY_GROUP, "Service") else ref,)


def gateway_is_service(world: World, route: Route, ref: ParentRef) -> Iterable[ParentRef]:  # noqa: ARG001
    """A Gateway is looked up among the Services."""
    return (core(ref) if (ref.group, ref.kind) == (GATEWAY_GROUP, "Gateway") else ref,)


def any_group(world: World, route: Route, ref: ParentRef) -> Iterable[ParentRef]:  # noqa: ARG001
    """A Service of a foreign group is the core one of that name."""
    foreign = ref.kind == "Service" and ref.group not in {"", "core", GATEWAY_GROUP}
    return (core(ref) if foreign else ref,)


def core_alias(world: World, route: Route, ref: ParentRef) -> Iterable[ParentRef]:  # noqa: ARG001
    """The group may be spelled `core`."""
    return (core(ref) if (ref.group, ref.kind) == ("core", "Service") else ref,)


def any_case(world: World, route: Route, ref: ParentRef) -> Iterable[ParentRef]:  # noqa: ARG001
    """The case of the kind does not count."""
    return (core(ref) if ref.group == "" and ref.kind.lower() == "service" else ref,)


def by_own_name(world: World, route: Route) -> Route:  # noqa: ARG001 - part of the signature
    """A route that names no parent governs the Service of its own name."""
    return _adopted(route) if not route.parents and not route.default_gateways else route


def by_default_gateways(world: World, route: Route) -> Route:  # noqa: ARG001 - part of the signature
    """A route for the default Gateways governs the Service of its own name."""
    return _adopted(route) if not route.parents and route.default_gateways else route


def _adopted(route: Route) -> Route:
    return replace(route, parents=(ParentRef("", "Service", *route.key, None, None),))


def detached(when: Callable[[World, Route], bool]) -> Worlds:
    """Some routes have no effect."""
    return routes_as_read(lambda world, route: replace(route, parents=()) if when(world, route) else route)


def beside_missing_parent(is_missing: Callable[[ParentRef], bool]) -> Callable[[World, Route], bool]:
    """Whether the route shares a backend with another that waits for such a parent."""

    def waits(world: World, route: Route) -> bool:
        waiting = (other for other in world.routes.values() if any(is_missing(ref) for ref in other.parents))
        return any(
            other.key != route.key and set(other.references) & set(route.references) for other in waiting
        ) and not any(is_missing(ref) for ref in route.parents)

    return waits


def one_service(last: bool) -> Callable[[World, Route], Route]:
    """Of several Services the route governs the first (or the last) alone."""

    def read(world: World, route: Route) -> Route:  # noqa: ARG001 - part of the signature
        services = [ref for ref in route.parents if is_service(ref)]
        kept = {(ref.namespace, ref.name) for ref in (services[-1:] if last else services[:1])}
        parents = tuple(ref for ref in route.parents if not is_service(ref) or (ref.namespace, ref.name) in kept)
        return replace(route, parents=parents)

    return read


def one_section(world: World, route: Route) -> Route:  # noqa: ARG001 - part of the signature
    """Of several references to one Service the first counts."""
    first: dict[tuple[str, str, str, str], ParentRef] = {}
    for ref in route.parents:
        first.setdefault((ref.group, ref.kind, ref.namespace, ref.name), ref)
    return replace(route, parents=tuple(first.values()))


def all_sections(world: World, route: Route) -> Route:  # noqa: ARG001 - part of the signature
    """Several references to one Service mean all of it."""
    names = [(ref.namespace, ref.name) for ref in route.parents if is_service(ref)]
    parents = tuple(
        replace(ref, port=None, section_name=None) if names.count((ref.namespace, ref.name)) > 1 else ref
        for ref in route.parents
    )
    return replace(route, parents=parents)


def external_name_followed(world: World, route: Route, ref: ParentRef) -> Iterable[ParentRef]:  # noqa: ARG001
    """A route for an ExternalName Service governs the Service whose name that stands for."""
    service = named(world, ref)
    if service is None or not service.external_name:
        return (ref,)
    name, namespace = [*service.external_name.split("."), "", ""][:2]
    return (replace(ref, name=name, namespace=namespace),)


def headless_fronted(world: World, history: History) -> World:  # noqa: ARG001 - part of the decision's signature
    """A headless Service that a route names has a frontend at the address of its first pod."""
    services = dict(world.services)
    for key in world.routes_by_parent:
        service = services.get(key)
        found = endpoints(world, key, service.ports[0].name) if service and service.headless and service.ports else ()
        if service is not None and found:
            services[key] = replace(service, headless=False, cluster_ip=found[0][0])
    return replace(world, services=services)


def ports_named(service: Service, wanted: Callable[[ServicePort], bool], ref: ParentRef) -> Iterable[ParentRef]:
    """The reference as one to each port that is wanted; to none if none is."""
    found = [port for port in service.ports if wanted(port)]
    return [replace(ref, port=port.port, section_name=None) for port in found] or [nowhere(ref)]


def all_ports(service: Service, ref: ParentRef) -> Iterable[ParentRef]:
    """The reference as one to the whole Service."""
    return [replace(ref, port=port.port, section_name=None) for port in service.ports]
