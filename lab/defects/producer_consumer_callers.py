"""Defects in what the area producer-consumer is about: callers and moments that are left out, or taken in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lab.defects import callers
from lab.defects.callers import apart, by_namespace, consumed, is_foreign, moved, with_routes, without_parents
from lab.defects.model import Defect, defect
from lab.mesh.model.history import History
from lab.mesh.world.route import ObjectKey, Route, Timeouts
from lab.mesh.world.snapshot import World

_LEAKS_AFTER = 3.0
_LATE = 40.0


def _consumers_of(world: World, service: ObjectKey) -> set[str]:
    """The namespaces with consumer routes for the Service."""
    attached = world.routes_by_parent.get(service, ())
    return {route.key.namespace for route, ref in attached if ref.namespace != route.key.namespace}


def _third(world: World, route: Route, *, consuming: bool) -> list[str]:
    """Namespaces that are neither the route's nor its Services', with (or without) consumer routes of their own."""
    services = [ObjectKey(ref.namespace, ref.name) for ref in consumed(route)]
    concerned = {route.key.namespace, *(key.namespace for key in services)}
    own = {name for key in services for name in _consumers_of(world, key)}
    enrolled = (name for name, namespace in world.namespaces.items() if namespace.enrolled)
    return [name for name in enrolled if name not in concerned and (name in own) is consuming]


def _leaking(*, consuming: bool) -> Callable[[World, Route], list[Route]]:
    return lambda world, route: [route, *(moved(route, name) for name in _third(world, route, consuming=consuming))]


def _in_own_namespace(world: World, history: History, namespace: str) -> World:
    """The callers of a Service's namespace get consumer routes that have been in force for long enough."""
    old = [
        route
        for key, route in world.routes.items()
        if any(ref.namespace == namespace for ref in consumed(route)) and history.age(key) >= _LEAKS_AFTER
    ]
    return with_routes(world, [moved(route, namespace) for route in old]) if old else world


def _no_consumer_routes(world: World, history: History) -> World:  # noqa: ARG001 - part of the decision's signature
    return without_parents(world, is_foreign)


def _consumers_for_all(world: World, history: History) -> World:  # noqa: ARG001 - part of the decision's signature
    """Consumer routes as if they lay beside their Services."""
    made = [moved(route, ref.namespace) for route in world.routes.values() for ref in consumed(route)]
    return with_routes(world, made)


def _no_consumer_timeouts(world: World, history: History) -> World:  # noqa: ARG001 - part of the signature
    def unlimited(route: Route) -> Route:
        return replace(route, rules=tuple(replace(rule, timeouts=Timeouts()) for rule in route.rules))

    routes = {key: unlimited(route) if consumed(route) else route for key, route in world.routes.items()}
    return replace(world, routes=routes)


def _open_at_home(world: World, history: History, namespace: str) -> World:  # noqa: ARG001 - the signature
    """Requests from the Service's own namespace that no rule matches are forwarded."""
    own = [route for route in world.routes.values() if route.key.namespace == namespace]
    return with_routes(world, [each for route in own for each in callers.open_ended(world, route)]) if own else world


def _last_matches(world: World, history: History, namespace: str) -> World:  # noqa: ARG001 - the signature
    """Foreign callers get the last match of each rule of a producer route."""

    def narrowed(route: Route) -> Route:
        return replace(route, rules=tuple(replace(rule, matches=rule.matches[-1:]) for rule in route.rules))

    foreign = {
        key: narrowed(route)
        for key, route in world.routes.items()
        if route.key.namespace != namespace and not consumed(route) and any(len(r.matches) > 1 for r in route.rules)
    }
    return replace(world, routes={**world.routes, **foreign}) if foreign else world


def _gone_consumers(world: World, history: History) -> list[Route]:
    """Consumer routes that were deleted not long ago."""
    return [route for route in callers.gone(world, history) if consumed(route) and history.age(route.identity) < _LATE]


def _still_there(world: World, history: History) -> World:
    return with_routes(world, _gone_consumers(world, history))


def _services_of(routes: list[Route]) -> set[tuple[str, str]]:
    return {(ref.namespace, ref.name) for route in routes for ref in consumed(route)}


def _nothing_left(world: World, history: History, namespace: str) -> World:
    """A namespace whose consumer route was deleted gets no producer route either."""
    lost = _services_of([each for each in _gone_consumers(world, history) if each.key.namespace == namespace])
    if not lost:
        return world
    return without_parents(world, lambda route, ref: not is_foreign(route, ref) and (ref.namespace, ref.name) in lost)


def _producer_deleted_too(world: World, history: History) -> World:
    lost = _services_of(_gone_consumers(world, history))
    return without_parents(world, lambda route, ref: not is_foreign(route, ref) and (ref.namespace, ref.name) in lost)


def _rules_left_behind(world: World, history: History, namespace: str) -> World:
    """A namespace whose consumer route was deleted keeps its rules beside the producer's."""
    mine = [each for each in _gone_consumers(world, history) if each.key.namespace == namespace]
    left = [moved(route, ref.namespace) for route in mine for ref in consumed(route)]
    return with_routes(world, left) if left else world


def _made(defect_id: str, title: str, breaks: str, cause: str, **decision: object) -> Defect:
    broken = tuple(name if name.startswith("lifecycle") else f"producer-consumer.{name}" for name in breaks.split())
    return defect(defect_id, title, breaks=broken, cause=cause, **decision)


DEFECTS: tuple[Defect, ...] = (
    _made(
        "consumer-route-leaks-to-third",
        "Three seconds after it took effect, a consumer route also governs namespaces without routes",
        "consumer-not-third-namespace",
        "Proxies without rules of their own ask for the Service's, and a cache answers with what it filled last.",
        world=callers.aged(_LEAKS_AFTER, _leaking(consuming=False)),
        every=0.5,
    ),
    _made(
        "consumer-route-leaks-to-consumers",
        "Three seconds after it took effect, a consumer route also governs other consumer namespaces",
        "merge-keyed-by-route-namespace",
        "A resync writes all overrides of a Service under each other's keys.",
        world=callers.aged(_LEAKS_AFTER, _leaking(consuming=True)),
        every=0.5,
    ),
    _made(
        "consumer-route-leaks-home",
        "Three seconds after it took effect, a consumer route also governs the Service's own namespace",
        "consumer-not-producer-namespace",
        "The Service's own proxies are brought up to date last, with all routes that name the Service.",
        views=by_namespace(_in_own_namespace),
        every=0.5,
    ),
    _made(
        "one-namespace-is-late",
        "The first of all namespaces learns of routes 40 seconds late",
        "producer-other-namespace-client",
        "Namespaces are divided among workers, and the queue of one of them is stuck in retries.",
        views=apart(callers.nth_namespace(0), callers.late(_LATE)),
        every=2.0,
    ),
    _made(
        "consumer-namespace-is-late",
        "The third of all namespaces learns of routes 40 seconds late",
        "consumer-own-namespace",
        "A namespace with many workloads is behind with its pushes, and its own routes wait in the same line.",
        views=apart(callers.nth_namespace(2), callers.late(_LATE)),
        every=2.0,
    ),
    _made(
        "consumer-routes-miss-one-node",
        "Consumer routes do not govern workloads on the second node",
        "all-workloads-of-namespace consumer-own-namespace",
        "A shared proxy knows the namespaces of the pods that it saw start, and was restarted since.",
        views=apart(callers.on_second_node, _no_consumer_routes),
    ),
    _made(
        "consumer-routes-leak-on-one-node",
        "On the second node consumer routes govern everybody",
        "consumer-not-producer-namespace consumer-not-third-namespace",
        "That node runs an older version, which delivers routes by the Service that they name.",
        views=apart(callers.on_second_node, _consumers_for_all),
    ),
    _made(
        "consumer-route-for-one-workload",
        "A consumer route governs the first workload of its namespace alone",
        "all-workloads-of-namespace",
        "The route is bound to the labels of the workload that the mesh saw calling first.",
        views=apart(callers.nth_client(1), _no_consumer_routes),
    ),
    _made(
        "consumer-timeout-misses-second-workload",
        "The timeout of a consumer route does not hold for the second workload of its namespace",
        "all-workloads-of-namespace consumer-timeout-scope",
        "Timeouts come from a default of the workload, which overrides the one of the route.",
        views=apart(callers.nth_client(1), _no_consumer_timeouts),
    ),
    _made(
        "consumer-timeout-misses-first-workload",
        "The timeout of a consumer route does not hold for the workload that was there before it",
        "all-workloads-of-namespace consumer-timeout-scope",
        "Timeouts are part of what a proxy reads when it starts, and later changes of them are not pushed.",
        views=apart(callers.nth_client(0), _no_consumer_timeouts),
    ),
    _made(
        "own-namespace-falls-through",
        "What no rule matches is still forwarded for clients of the Service's own namespace",
        "producer-same-namespace-client",
        "Inside a namespace traffic is allowed by default, and that default lies behind the rules.",
        views=by_namespace(_open_at_home),
    ),
    _made(
        "foreign-callers-get-last-match",
        "For clients of other namespaces only the last match of a rule counts",
        "producer-other-namespace-client",
        "What is exported to other namespaces has one condition a rule, and each match overwrites the one before.",
        views=by_namespace(_last_matches),
    ),
    _made(
        "deleted-consumer-route-lingers",
        "A deleted consumer route stays in force for 40 seconds",
        "lifecycle.consumer-route-deleted",
        "Overrides are cached with a lifetime, and deletions do not reach the cache.",
        world=_still_there,
        every=1.0,
    ),
    _made(
        "nothing-left-after-consumer-route",
        "A namespace whose consumer route is deleted gets no producer route in its place",
        "lifecycle.consumer-route-deleted consumer-overrides-producer",
        "The rules that the override replaced were thrown away, and nothing asks for them again.",
        views=by_namespace(_nothing_left),
        every=1.0,
    ),
    _made(
        "producer-route-deleted-with-consumer-route",
        "Deleting a consumer route takes the Service's producer routes away from everybody",
        "producer-kept-for-others lifecycle.consumer-route-deleted",
        "Deletion is by the Service, as long as one route was all that a Service could have.",
        world=_producer_deleted_too,
        every=1.0,
    ),
    _made(
        "consumer-rules-left-behind",
        "Rules of a deleted consumer route stay beside the producer's",
        "lifecycle.consumer-route-deleted",
        "Rules are merged into the table of the namespace one by one, and removed by the route's name, which differs.",
        views=by_namespace(_rules_left_behind),
        every=1.0,
    ),
)
