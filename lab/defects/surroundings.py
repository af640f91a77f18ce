"""Worlds in which what routes name, parents and backends, is not what it is now. For `Decisions.world`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from lab.defects.past import again, parents, service_of, with_routes
from lab.mesh.model.history import History
from lab.mesh.world.route import BackendRef, ObjectKey, ParentRef, Route
from lab.mesh.world.service import Service
from lab.mesh.world.snapshot import World, is_service


def parents_resolved_once(world: World, history: History) -> World:
    """Routes do not attach to Services that came after they were written."""

    def known(route: Route, ref: ParentRef) -> bool:
        return not is_service(ref) or history.services.born(service_of(ref)) >= history.age(route.identity)

    kept = (
        replace(route, parents=tuple(ref for ref in route.parents if known(route, ref)))
        for route in world.routes.values()
    )
    return with_routes(world, *kept)


def parents_by_identifier(world: World, history: History) -> World:
    """Routes stay bound to the first Service of a name that they knew."""

    def same(route: Route, ref: ParentRef) -> bool:
        key = service_of(ref)
        known = [service.uid for service in history.services.ever(key)]
        recreated = history.services.born(key) < history.age(route.identity) and len(set(known)) > 1
        return not (is_service(ref) and recreated)

    kept = (
        replace(route, parents=tuple(ref for ref in route.parents if same(route, ref)))
        for route in world.routes.values()
    )
    return with_routes(world, *kept)


def parents_missing_detach(world: World, history: History) -> World:  # noqa: ARG001 - part of the signature
    """A route with a Service among its parents that does not exist is attached to nothing."""

    def whole(route: Route) -> bool:
        return all(key in world.services for key in parents(route))

    return with_routes(world, *(replace(route, parents=()) for route in world.routes.values() if not whole(route)))


def ports_known_then(world: World, history: History) -> World:
    """A parentRef without a port covers those that its Service had when the route was written."""

    def spelled_out(route: Route, ref: ParentRef) -> Iterable[ParentRef]:
        then = history.services.as_of(service_of(ref), history.age(route.identity)) if is_service(ref) else None
        now = world.services.get(service_of(ref))
        if then is None or now is None or ref.port is not None or then.ports == now.ports:
            return (ref,)
        return tuple(replace(ref, port=port.port) for port in then.ports)

    def spelled(route: Route) -> Route:
        return replace(route, parents=tuple(one for ref in route.parents for one in spelled_out(route, ref)))

    return with_routes(world, *(spelled(route) for route in world.routes.values()))


def changed_service_detaches(world: World, history: History) -> World:
    """Routes are lost to Services that are changed after them."""

    def kept(route: Route, ref: ParentRef) -> bool:
        key = service_of(ref)
        touched = history.services.before(key) is not None
        return not (is_service(ref) and touched and history.services.age(key) < history.age(route.identity))

    made = (
        replace(route, parents=tuple(ref for ref in route.parents if kept(route, ref)))
        for route in world.routes.values()
    )
    return with_routes(world, *made)


def backends_resolved_once(world: World, history: History) -> World:
    """Backends that came after a route was written are not known to it."""
    return _backends_unseen(world, lambda route, key: history.services.born(key) < history.age(route.identity))


def new_backend_flickers(world: World, history: History) -> World:
    """Backends that came after a route was written are sometimes not known to it."""

    def unseen(route: Route, key: ObjectKey) -> bool:
        born = history.services.born(key)
        return born < history.age(route.identity) and again(born)

    return _backends_unseen(world, unseen)


def _backends_unseen(world: World, unseen: Callable[[Route, ObjectKey], bool]) -> World:
    """The backends of a route for which `unseen` says so are taken for ones that do not exist."""

    def read(route: Route, ref: BackendRef) -> BackendRef:
        return replace(ref, name=f"{ref.name}~") if unseen(route, ObjectKey(ref.namespace, ref.name)) else ref

    def changed(route: Route) -> Route:
        rules = (replace(rule, backends=tuple(read(route, ref) for ref in rule.backends)) for rule in route.rules)
        return replace(route, rules=tuple(rules))

    return with_routes(world, *map(changed, world.routes.values()))


def lost_backends(world: World, history: History, *, endpoints: bool) -> World:
    """Services that are gone and that routes name are still backends, with or without their endpoints."""
    named = {key for route in world.routes.values() for key in route.references}
    gone: dict[ObjectKey, Service] = {
        key: replace(service, cluster_ip="") for key, service in history.services.gone().items() if key in named
    }
    slices = {key: piece for key, piece in history.slices.gone().items() if endpoints and piece.service in gone}
    return replace(world, services={**world.services, **gone}, slices={**world.slices, **slices})


def recovery_unseen(world: World, history: History) -> World:
    """Endpoints that went to nothing once are not looked at any more."""

    def emptied(key: ObjectKey) -> bool:
        ready = [bool(piece.ready) for piece in history.slices.ever(key)]
        return True in ready and False in ready[ready.index(True) :]

    slices = {key: replace(piece, ready=()) if emptied(key) else piece for key, piece in world.slices.items()}
    return replace(world, slices=slices)
