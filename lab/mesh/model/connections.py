"""What happens to connections at a Service port that TCPRoutes or TLSRoutes govern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.mesh.model.actions import ClusterKey
from lab.mesh.model.attachment import Refusal
from lab.mesh.model.backends import resolve_backend
from lab.mesh.model.conflicts import carrier
from lab.mesh.model.decisions import Decisions
from lab.mesh.world.route import Route, RouteKind
from lab.mesh.world.service import Service
from lab.mesh.world.snapshot import World


@dataclass(frozen=True, slots=True)
class Split:
    """How connections are divided by weight; those that fall to no cluster are rejected."""

    shares: tuple[tuple[int, ClusterKey | None], ...]


REJECT = Split(((1, None),))


@dataclass(frozen=True, slots=True)
class ConnectionTable:
    """The behaviour for one kind of caller: every connection goes to `all`, or TLS by name and nothing else.

    `names` are pairs of a hostname, maybe with a wildcard as its first label, and its split; the name "" is any.
    """

    all: Split | None = None
    names: tuple[tuple[str, Split], ...] = ()


@dataclass(frozen=True, slots=True)
class ConnectionRules:
    """The behaviour of one Service port. A table of None: this caller's connections are treated as without routes.

    `consumers` are all namespaces with routes of any type, since those replace the producer's there.
    """

    producer: ConnectionTable | None
    consumers: tuple[tuple[str, ConnectionTable | None], ...]


def connection_rules(
    world: World, service: Service, attached: Sequence[Route], decisions: Decisions
) -> ConnectionRules | None:
    """The behaviour of a port with these usable routes; None where nobody's connections are governed.

    Scoping is that of requests: producer routes, and in a consumer's namespace its own instead.
    """
    groups = decisions.group_routes(service, attached)
    producer = _table(world, groups.producer, decisions)
    consumers = tuple((name, _table(world, routes, decisions)) for name, routes in groups.consumers.items())
    if producer is None and not any(table for _, table in consumers):
        return None
    return ConnectionRules(producer, consumers)


def _table(world: World, routes: Sequence[Route], decisions: Decisions) -> ConnectionTable | None:
    chosen = decisions.prevailing(routes)
    if (route := carrier(chosen)) is not None:  # tcp-tls.tcproute-service-parent
        return ConnectionTable(all=_split(world, route, decisions))
    named: dict[str, Split] = {}
    for route in sorted(chosen, key=lambda route: route.age):
        if route.kind is RouteKind.TLS:  # tcp-tls.tlsroute-service-parent
            for name in route.hostnames or ("",):
                named.setdefault(name.lower(), _split(world, route, decisions))
    return ConnectionTable(names=tuple(sorted(named.items()))) if named else None


def _split(world: World, route: Route, decisions: Decisions) -> Split:
    """The backends of the first rule: connections have nothing by which a second one could be chosen.

    An invalid backend rejects its own share, and so does, in the data plane, one without endpoints
    (tcp-tls.tcp-invalid-backend-rejects).
    """
    backends = route.rules[0].backends if route.rules else ()
    shares = []
    for ref in backends:
        found = resolve_backend(world, ref, route.kind)
        shares.append((decisions.weight(ref), None if isinstance(found, Refusal) else found))
    return Split(tuple(share for share in shares if share[0] > 0) or REJECT.shares)


def best_split(table: ConnectionTable, name: str) -> Split:
    """What a table does with TLS connections for `name` (itself maybe a wildcard; "" is a name that no route has).

    The exact name wins, then the longest wildcard that covers it, then a route without hostnames.
    """
    if table.all is not None:
        return table.all
    named = dict(table.names)
    labels = name.removeprefix("*.").split(".")
    wildcards = ["*." + ".".join(labels[start:]) for start in range(1, len(labels))]
    for candidate in (name, *wildcards, ""):
        if candidate in named:
            return named[candidate]
    return REJECT
