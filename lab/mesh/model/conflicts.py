"""Which of several attached routes count, where they cannot all count."""

from __future__ import annotations

from collections.abc import Sequence

from lab.mesh.world.route import Route, RouteKind


def prevailing_routes(routes: Sequence[Route]) -> tuple[Route, ...]:
    """The routes of the most specific type among those of one group at one Service port.

    The order of types is fixed and age does not count; the others have no effect there, and nothing is merged between
    types (grpc.type-specificity). It is judged for each port (grpc.type-conflict-per-port) and for each group: a
    consumer's route must not disable the producer's for everybody else (producer-consumer.no-merge-across-groups).
    """
    kind = min((route.kind for route in routes), key=lambda kind: kind.rank, default=None)
    return tuple(route for route in routes if route.kind is kind)


def carrier(routes: Sequence[Route]) -> Route | None:
    """Of several TCPRoutes the one that carries traffic: the oldest, on a tie the first by name.

    tcp-tls.tcp-multiple-routes. The others stay accepted, as routes do that lose by precedence.
    """
    return min((route for route in routes if route.kind is RouteKind.TCP), key=lambda route: route.age, default=None)
