"""Defects in what the area producer-consumer is about: whose requests a route governs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lab.defects import parents
from lab.defects.model import Defect, defect
from lab.defects.producer_consumer_backends import DEFECTS as _BACKENDS
from lab.defects.producer_consumer_callers import DEFECTS as _CALLERS
from lab.defects.producer_consumer_tables import DEFECTS as _TABLES
from lab.mesh.envoy.types import ROUTES, Resource
from lab.mesh.model.attachment import RouteGroups, group_routes
from lab.mesh.world.route import ParentRef, Route, RouteKind
from lab.mesh.world.service import Service
from lab.mesh.world.snapshot import World

Groups = Callable[[Service, Sequence[Route]], RouteGroups]
Consumers = Mapping[str, tuple[Route, ...]]


def _regrouped(change: Callable[[RouteGroups, Service], RouteGroups]) -> Groups:
    return lambda service, routes: change(group_routes(service, routes), service)


def _nobody(found: RouteGroups, service: Service) -> RouteGroups:  # noqa: ARG001 - part of the signature
    return RouteGroups(found.producer, {})


def _without_calls(found: RouteGroups, service: Service) -> RouteGroups:  # noqa: ARG001 - part of the signature
    kept = {name: tuple(each for each in group if not _call(each)) for name, group in found.consumers.items()}
    return RouteGroups(found.producer, {name: group for name, group in kept.items() if group})


def _calls_for_everyone(found: RouteGroups, service: Service) -> RouteGroups:  # noqa: ARG001 - part of the signature
    calls = tuple(route for group in found.consumers.values() for route in group if _call(route))
    return RouteGroups((*found.producer, *calls), found.consumers)


def _call(route: Route) -> bool:
    return route.kind is RouteKind.GRPC


def _spelled_out(found: RouteGroups, service: Service) -> RouteGroups:
    """A producer route that writes its namespace down is for the clients of that namespace."""
    scoped = tuple(route for route in found.producer if any(_explicit(ref, service) for ref in route.parents))
    producer = tuple(route for route in found.producer if route not in scoped)
    own = {service.key.namespace: (*producer, *scoped)} if scoped else {}
    return RouteGroups(producer, {**found.consumers, **own})


def _explicit(ref: ParentRef, service: Service) -> bool:
    return dict(ref.raw).get("namespace") == service.key.namespace and ref.name == service.key.name


def _ignoring_explicit(world: World, route: Route, ref: ParentRef) -> tuple[ParentRef, ...]:  # noqa: ARG001
    own = dict(ref.raw).get("namespace") == route.key.namespace
    return () if own else (ref,)


def _older_wins(found: RouteGroups, service: Service) -> RouteGroups:  # noqa: ARG001 - part of the signature
    """An older producer route is not replaced."""
    first = min((route.created for route in found.producer), default="9999")
    return _only(found, lambda group: _first(group) < first)


def _newer_wins(found: RouteGroups, service: Service) -> RouteGroups:  # noqa: ARG001 - part of the signature
    """A newer producer route replaces consumer routes."""
    last = max((route.created for route in found.producer), default="")
    return _only(found, lambda group: _first(group) > last)


def _only(found: RouteGroups, holds: Callable[[Sequence[Route]], bool]) -> RouteGroups:
    return RouteGroups(found.producer, {name: group for name, group in found.consumers.items() if holds(group)})


def _first(routes: Sequence[Route]) -> str:
    return min(route.created for route in routes)


def _producer_dropped(found: RouteGroups, service: Service) -> RouteGroups:  # noqa: ARG001 - part of the signature
    return RouteGroups(() if found.consumers else found.producer, found.consumers)


def _all_consumers(found: RouteGroups, service: Service) -> RouteGroups:  # noqa: ARG001 - part of the signature
    together = tuple(route for group in found.consumers.values() for route in group)
    return RouteGroups(found.producer, dict.fromkeys(found.consumers, together))


def _one_consumer_namespace(found: RouteGroups, service: Service) -> RouteGroups:  # noqa: ARG001 - the signature
    return RouteGroups(found.producer, dict(list(found.consumers.items())[:1]))


def _newest_of_namespace(found: RouteGroups, service: Service) -> RouteGroups:  # noqa: ARG001 - the signature
    kept = {name: (max(group, key=lambda each: each.age),) for name, group in found.consumers.items()}
    return RouteGroups(found.producer, kept)


def _oldest_of_namespace(found: RouteGroups, service: Service) -> RouteGroups:  # noqa: ARG001 - the signature
    kept = {name: (min(group, key=lambda each: each.age),) for name, group in found.consumers.items()}
    return RouteGroups(found.producer, kept)


def _all_are_producers(service: Service, routes: Sequence[Route]) -> RouteGroups:  # noqa: ARG001 - the signature
    return RouteGroups(tuple(routes), {})


def _by_name(found: RouteGroups, service: Service) -> RouteGroups:  # noqa: ARG001 - part of the signature
    """Of consumer routes of one name, those of the last namespace count for all."""
    last = {route.key.name: route for group in found.consumers.values() for route in group}
    kept = {name: tuple(last[each.key.name] for each in group) for name, group in found.consumers.items()}
    return RouteGroups(found.producer, kept)


def _nobody_outside(type_url: str, name: str, resource: Resource) -> Resource:  # noqa: ARG001 - the signature
    if type_url != ROUTES:
        return resource
    return {**resource, "virtual_hosts": [each for each in resource["virtual_hosts"] if each["name"] != "outside"]}


def _groups(defect_id: str, title: str, breaks: str, cause: str, change: Groups) -> Defect:
    broken = tuple(f"producer-consumer.{name}" for name in breaks.split())
    return defect(defect_id, title, breaks=broken, cause=cause, group_routes=change)


DEFECTS: tuple[Defect, ...] = (
    _groups(
        "consumer-routes-need-a-grant",
        "A consumer route has no effect without a ReferenceGrant in its Service's namespace",
        "referencegrant-not-for-parents consumer-own-namespace",
        "Every reference into another namespace goes through one check, parents included.",
        _regrouped(_nobody),
    ),
    _groups(
        "consumer-grpc-routes-ignored",
        "GRPCRoutes in another namespace than their Service have no effect",
        "grpcroute-parity",
        "Consumer routes were added to the translation of HTTPRoutes only.",
        _regrouped(_without_calls),
    ),
    _groups(
        "consumer-grpc-routes-for-everyone",
        "GRPCRoutes in another namespace than their Service govern the calls of all namespaces",
        "grpcroute-parity",
        "The scope is part of the HTTP translation, and calls are translated elsewhere.",
        _regrouped(_calls_for_everyone),
    ),
    _groups(
        "spelled-out-namespace-scopes",
        "A producer route whose parentRef has a namespace governs the clients of that namespace alone",
        "explicit-own-namespace-is-producer producer-other-namespace-client",
        "A namespace in a parentRef is taken for the sign of a consumer route.",
        _regrouped(_spelled_out),
    ),
    defect(
        "spelled-out-namespace-detaches",
        "A parentRef that spells out the namespace of its route attaches to nothing",
        breaks=("producer-consumer.explicit-own-namespace-is-producer",),
        cause="References with a namespace are looked up among those of other namespaces.",
        world=parents.parents_as_read(_ignoring_explicit),
    ),
    _groups(
        "older-producer-route-wins",
        "A consumer route that is not older than the producer's is ignored",
        "consumer-overrides-producer",
        "All conflicts between routes are settled by age.",
        _regrouped(_older_wins),
    ),
    _groups(
        "newer-producer-route-wins",
        "A producer route that is not older takes the place of consumer routes",
        "consumer-overrides-producer",
        "Routes of a Service are kept in the order in which they came, and the last group to come counts.",
        _regrouped(_newer_wins),
    ),
    _groups(
        "producer-dropped-once-consumed",
        "The first consumer route takes the producer's route away from everybody",
        "producer-kept-for-others",
        "The set of routes of a Service is either the producer's or the consumers'.",
        _regrouped(_producer_dropped),
    ),
    _groups(
        "consumer-namespaces-merged",
        "Consumer routes of all namespaces are merged for each of them",
        "merge-keyed-by-route-namespace",
        "Consumer routes are kept together, and given to every namespace that has one.",
        _regrouped(_all_consumers),
    ),
    _groups(
        "one-consumer-namespace",
        "Only the first namespace by name can have consumer routes for a Service",
        "merge-keyed-by-route-namespace consumer-own-namespace",
        "There is one place for an override at each Service.",
        _regrouped(_one_consumer_namespace),
    ),
    _groups(
        "consumer-routes-keyed-by-name",
        "Of consumer routes of one name in several namespaces the last is used for all",
        "merge-keyed-by-route-namespace",
        "The cache of translated routes has the name of the route for its key.",
        _regrouped(_by_name),
    ),
    _groups(
        "newest-consumer-route-only",
        "Of several consumer routes of a namespace the newest is in force",
        "merge-within-consumer-namespace",
        "There is one override for each pair of Service and namespace, and the next one replaces it.",
        _regrouped(_newest_of_namespace),
    ),
    _groups(
        "oldest-consumer-route-only",
        "Of several consumer routes of a namespace the oldest is in force",
        "merge-within-consumer-namespace",
        "A second override is taken for a conflict, and the older one wins.",
        _regrouped(_oldest_of_namespace),
    ),
    _groups(
        "unsupported-consumer-routes-for-everyone",
        "Routes of other namespaces are merged with the producer's, for everybody",
        "unsupported-consumer-not-applied consumer-not-producer-namespace",
        "The mesh has no consumer routes, and reads every route as if it lay beside its Service.",
        _all_are_producers,
    ),
    defect(
        "outsiders-governed",
        "Producer routes govern clients outside of the mesh as well",
        breaks=("producer-consumer.producer-all-client-workloads",),
        cause="The node captures traffic to Services, whoever sends it.",
        resource=_nobody_outside,
    ),
    *_TABLES,
    *_CALLERS,
    *_BACKENDS,
)
