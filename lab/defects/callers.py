"""Wrong views of the cluster: by caller, by node, by age (`Decisions.views`, `Decisions.world`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lab.mesh.model.attachment import selects
from lab.mesh.model.history import History
from lab.mesh.model.interception import selected
from lab.mesh.model.views import View
from lab.mesh.world.route import BackendRef, CallMatch, Match, ObjectKey, ParentRef, Route, Rule
from lab.mesh.world.service import Pod
from lab.mesh.world.snapshot import World, is_service

Worlds = Callable[[World, History], World]
Views = Callable[[World, History], tuple[View, ...]]


def apart(chosen: Callable[[World, Pod], bool], change: Worlds) -> Views:
    """Callers among the chosen pods see the cluster as `change` has it."""

    def views(world: World, history: History) -> tuple[View, ...]:
        addresses = tuple(sorted(pod.address for pod in world.pods.values() if chosen(world, pod)))
        return (View(addresses, change(world, history)),) if addresses else ()

    return views


def by_namespace(change: Callable[[World, History, str], World]) -> Views:
    """The callers of a namespace of the mesh see the cluster as `change` has it for them, where that differs."""

    def views(world: World, history: History) -> tuple[View, ...]:
        seen = ((found, change(world, history, name)) for name, found in sorted(world.addresses.items()))
        return tuple(View(found, other) for found, other in seen if other is not world)

    return views


def on_second_node(world: World, pod: Pod) -> bool:
    """Whether the pod runs on the second of the nodes."""
    nodes = sorted({each.node for each in world.pods.values() if each.node})
    return len(nodes) > 1 and pod.node == nodes[1] and world.enrolled(pod.key.namespace)


def nth_namespace(index: int) -> Callable[[World, Pod], bool]:
    """Whether the pod's namespace is this one in the list of those in the mesh."""

    def chosen(world: World, pod: Pod) -> bool:
        enrolled = sorted(name for name, each in world.namespaces.items() if each.enrolled)
        return pod.key.namespace in enrolled[index : index + 1]

    return chosen


def nth_client(index: int) -> Callable[[World, Pod], bool]:
    """Whether the pod belongs to this one in the list of its namespace's workloads that no Service selects."""

    def chosen(world: World, pod: Pod) -> bool:
        alike = [each for each in world.pods.values() if each.key.namespace == pod.key.namespace]
        callers = sorted({_app(each) for each in alike if not selected(world, each)})
        return world.enrolled(pod.key.namespace) and _app(pod) in callers[index : index + 1]

    return chosen


def _app(pod: Pod) -> str:
    return dict(pod.labels).get("app", "")


def late(seconds: float) -> Worlds:
    """Routes as they were so many seconds ago."""

    def past(world: World, history: History) -> World:
        found = {key: history.as_of(key, seconds) for key in history.keys()}  # noqa: SIM118 - no mapping
        return replace(world, routes={key: route for key, route in found.items() if route is not None})

    return past


def aged(seconds: float, change: Callable[[World, Route], list[Route]]) -> Worlds:
    """Routes that have been in force for so long become others."""

    def leaked(world: World, history: History) -> World:
        routes = {}
        for key, route in world.routes.items():
            found = change(world, route) if history.age(key) >= seconds else [route]
            routes.update({each.identity: each for each in found})
        return replace(world, routes=routes)

    return leaked


def consumed(route: Route) -> list[ParentRef]:
    """The parentRefs for which the route is a consumer route."""
    return [ref for ref in route.parents if is_service(ref) and ref.namespace != route.key.namespace]


def moved(route: Route, namespace: str) -> Route:
    """A copy of a consumer route as if it lay in another namespace; its name tells it from the routes there."""
    key = route.key._replace(namespace=namespace, name=f"{route.key.name}.{route.key.namespace}")
    return replace(route, key=key, parents=tuple(consumed(route)))


def with_routes(world: World, more: list[Route]) -> World:
    """The cluster with these routes in addition."""
    return replace(world, routes={**world.routes, **{route.identity: route for route in more}})


def open_ended(world: World, route: Route) -> list[Route]:
    """A producer route, and behind it the forwarding that its Services had before."""
    return [route, *_forwarding(world, route)] if route.kind.reads_requests else [route]


def _forwarding(world: World, route: Route) -> Iterator[Route]:
    is_call = bool(route.rules) and route.rules[0].matches[0].call is not None
    everything = Match(call=CallMatch()) if is_call else Match()
    for ref in route.parents:
        service = world.services.get(ObjectKey(ref.namespace, ref.name)) if is_service(ref) else None
        for port in service.ports if service and ref.namespace == route.key.namespace else ():
            if selects(ref, port):
                rule = Rule((everything,), backends=(BackendRef(ref.namespace, ref.name, port=port.port),))
                key = route.key._replace(name=f"{route.key.name}.{ref.name}.{port.port}")
                parent = replace(ref, port=port.port, section_name=None)
                yield replace(route, key=key, created="9999", parents=(parent,), rules=(rule,))


def gone(world: World, history: History) -> list[Route]:
    """Routes that are not there any more, as they were last."""
    missing = [key for key in history.keys() if key not in world.routes]  # noqa: SIM118 - no mapping
    return [route for key in missing if (route := history.before(key)) is not None]


def without_parents(world: World, unwanted: Callable[[Route, ParentRef], bool]) -> World:
    """The cluster with fewer attachments."""
    routes = {
        key: replace(route, parents=tuple(ref for ref in route.parents if not unwanted(route, ref)))
        for key, route in world.routes.items()
    }
    return replace(world, routes=routes)


def is_foreign(route: Route, ref: ParentRef) -> bool:
    """Whether the reference makes the route a consumer route."""
    return ref.namespace != route.key.namespace
