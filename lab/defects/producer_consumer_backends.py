"""Defects in what the area producer-consumer is about: backends in other namespaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from lab.defects.callers import consumed
from lab.defects.judging import Told, lying
from lab.defects.model import Defect, defect
from lab.defects.parents import Worlds, routes_as_read
from lab.mesh.world.route import BackendRef, ObjectKey, ParentRef, Route
from lab.mesh.world.snapshot import World

_NOT_PERMITTED = {
    "ResolvedRefs": Told(status=False, reason="RefNotPermitted", message="No ReferenceGrant permits the backend")
}
_MISSING = "no-such-service"


def _backends(change: Callable[[World, Route, BackendRef], BackendRef]) -> Worlds:
    """Backends are looked up elsewhere than they are."""

    def read(world: World, route: Route) -> Route:
        rules = tuple(
            replace(rule, backends=tuple(change(world, route, ref) for ref in rule.backends)) for rule in route.rules
        )
        named = {ObjectKey(ref.namespace, ref.name) for rule in rules for ref in rule.backends}
        return replace(route, rules=rules, references=tuple(sorted({*route.references, *named})))

    return routes_as_read(read)


def _there(world: World, ref: BackendRef, namespace: str) -> BackendRef:
    """The backend of the same name in another namespace, if there is one."""
    return replace(ref, namespace=namespace) if ObjectKey(namespace, ref.name) in world.services else ref


def _homes(route: Route) -> list[str]:
    """The namespaces of the Services that a consumer route is for."""
    return [ref.namespace for ref in consumed(route)]


def _beside_service(world: World, route: Route, ref: BackendRef) -> BackendRef:
    homes = _homes(route)
    return _there(world, ref, homes[0]) if homes and ref.namespace == route.key.namespace else ref


def _beside_route(world: World, route: Route, ref: BackendRef) -> BackendRef:
    return _there(world, ref, route.key.namespace) if ref.namespace in _homes(route) else ref


def _third_beside_service(world: World, route: Route, ref: BackendRef) -> BackendRef:
    homes = _homes(route)
    third = homes and ref.namespace not in {route.key.namespace, *homes}
    return _there(world, ref, homes[0]) if third else ref


def _always_own(world: World, route: Route, ref: BackendRef) -> BackendRef:  # noqa: ARG001 - part of the signature
    return ref if consumed(route) else replace(ref, namespace=route.key.namespace)


def _one_takes_all_down(world: World, route: Route, ref: BackendRef) -> BackendRef:  # noqa: ARG001 - the signature
    """A producer route with one backend in another namespace has no usable backend."""
    foreign = any(each.namespace != route.key.namespace for rule in route.rules for each in rule.backends)
    return replace(ref, name=_MISSING) if foreign and not consumed(route) else ref


def _not_permitted(world: World, route: Route, parent: ParentRef) -> Mapping[str, Told]:  # noqa: ARG001 - signature
    foreign = any(each.namespace != route.key.namespace for rule in route.rules for each in rule.backends)
    return _NOT_PERMITTED if foreign and not consumed(route) else {}


DEFECTS: tuple[Defect, ...] = (
    defect(
        "consumer-backend-beside-service",
        "A consumer route's backend without a namespace is looked up beside the Service",
        breaks=("producer-consumer.consumer-backend-any-namespace",),
        cause="Names in rules are resolved where the Service lives, as for producer routes.",
        world=_backends(_beside_service),
    ),
    defect(
        "consumer-backend-beside-route",
        "A consumer route's backend in the Service's namespace is looked up beside the route",
        breaks=("producer-consumer.consumer-backend-any-namespace",),
        cause="The namespace of a backendRef is read only where it differs from that of the parentRef.",
        world=_backends(_beside_route),
    ),
    defect(
        "third-backend-beside-service",
        "A consumer route's backend in a third namespace is looked up beside the Service",
        breaks=("producer-consumer.consumer-backend-any-namespace",),
        cause="Two namespaces are known of a consumer route, and any other one becomes the Service's.",
        world=_backends(_third_beside_service),
    ),
    defect(
        "producer-backend-always-own",
        "The backends of a producer route are looked up in its own namespace",
        breaks=("producer-consumer.producer-backend-cross-namespace",),
        cause="The namespace of a backendRef is not read.",
        world=_backends(_always_own),
    ),
    defect(
        "foreign-backend-takes-rules-down",
        "One backend in another namespace takes all rules of a producer route down",
        breaks=("attachment.route-replaces-default", "producer-consumer.producer-backend-cross-namespace"),
        cause="Without a ReferenceGrant the translation ends with an error, and the route has no backends then.",
        world=_backends(_one_takes_all_down),
    ),
    defect(
        "foreign-backend-not-permitted",
        "A backend that is reached is reported as one that no ReferenceGrant permits",
        breaks=("status.ref-not-permitted",),
        cause="The status comes from the validation of routes for Gateways, which need a grant.",
        status=lying(_not_permitted),
    ),
)
