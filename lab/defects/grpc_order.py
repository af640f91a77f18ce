"""Wrong orders among the matches, routes and types of routes that govern a port, for defects about gRPC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lab.mesh.model.history import History
from lab.mesh.model.precedence import Candidate, precedence, specificity
from lab.mesh.world.route import Route, RouteKind
from lab.mesh.world.snapshot import World, is_service


def as_written(candidate: Candidate) -> tuple[object, ...]:
    """The first match as written wins."""
    if candidate.match.call is None:
        return precedence(candidate)
    return (candidate.route.kind.rank, *candidate.route.age, candidate.rule_index, candidate.match_index)


def last_rule(candidate: Candidate) -> tuple[object, ...]:
    """The last rule wins, whatever it matches by."""
    if candidate.match.call is None:
        return precedence(candidate)
    return (candidate.route.kind.rank, *candidate.route.age, -candidate.rule_index, candidate.match_index)


def _ranked(candidate: Candidate, specific: Sequence[object], *ties: object) -> tuple[object, ...]:
    if candidate.match.call is None:
        return precedence(candidate)
    return (candidate.route.kind.rank, *specific, *ties)


def headers_first(candidate: Candidate) -> tuple[object, ...]:
    """Headers count more than service and method."""
    service, method, headers, *rest = specificity(candidate.match)
    ties = (*candidate.route.age, candidate.rule_index, candidate.match_index)
    return _ranked(candidate, (headers, service, method, *rest), *ties)


def headers_not_counted(candidate: Candidate) -> tuple[object, ...]:
    """How many headers a match has does not count."""
    ties = (*candidate.route.age, candidate.rule_index, candidate.match_index)
    return _ranked(candidate, specificity(candidate.match)[:2], *ties)


def newest_route(candidate: Candidate) -> tuple[object, ...]:
    """Of equal matches that of the newest route wins."""
    created, *name = candidate.route.age
    ties = (tuple(-ord(char) for char in created), *name, candidate.rule_index, candidate.match_index)
    return _ranked(candidate, specificity(candidate.match), *ties)


def last_of_equal_rules(candidate: Candidate) -> tuple[object, ...]:
    """Of equal matches in one route that of the last rule wins."""
    ties = (*candidate.route.age, -candidate.rule_index, candidate.match_index)
    return _ranked(candidate, specificity(candidate.match), *ties)


def last_name(candidate: Candidate) -> tuple[object, ...]:
    """Of equal matches of routes of one age that of the last name wins."""
    created, *name = candidate.route.age
    back = tuple(-ord(char) for char in "/".join(name))
    return _ranked(candidate, specificity(candidate.match), created, back, candidate.rule_index, candidate.match_index)


def oldest_type(routes: Sequence[Route]) -> tuple[Route, ...]:
    """The type of the oldest route prevails."""
    oldest = min(routes, key=lambda route: route.age, default=None)
    return tuple(route for route in routes if oldest is not None and route.kind is oldest.kind)


def all_types(routes: Sequence[Route]) -> tuple[Route, ...]:
    """Routes of all types act together."""
    return tuple(routes)


def one_type_a_service(loser: RouteKind, world: World) -> World:
    """Where a Service has GRPCRoutes and HTTPRoutes on any of its ports, those of one type have no effect."""
    kinds: dict[tuple[str, str], set[RouteKind]] = {}
    for key, pairs in world.routes_by_parent.items():
        kinds[key] = {route.kind for route, _ in pairs}

    def left(route: Route) -> Route:
        if route.kind is not loser:
            return route
        parents = tuple(
            parent
            for parent in route.parents
            if not is_service(parent)
            or not {RouteKind.GRPC, RouteKind.HTTP} <= kinds.get((parent.namespace, parent.name), set())
        )
        return replace(route, parents=parents)

    return replace(world, routes={key: left(route) for key, route in world.routes.items()})


def grpc_wins_everywhere(world: World, history: History) -> World:  # noqa: ARG001 - part of the signature
    """One GRPCRoute switches the HTTPRoutes on all ports of its Service off."""
    return one_type_a_service(RouteKind.HTTP, world)


def http_wins_everywhere(world: World, history: History) -> World:  # noqa: ARG001 - part of the signature
    """One HTTPRoute switches the GRPCRoutes on all ports of its Service off."""
    return one_type_a_service(RouteKind.GRPC, world)
