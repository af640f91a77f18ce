"""Wrong rules of one frontend, for defects of attachment and of what a frontend is (`Decisions.rules`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from lab.mesh.model.actions import Action, ClusterKey, Entry, Forward, FrontendRules, Respond, RuleTable, Share
from lab.mesh.model.decisions import CONFORMANT
from lab.mesh.model.frontend import frontend_rules
from lab.mesh.world.route import Match, PathKind, PathMatch, ValueMatch
from lab.mesh.world.service import Service, ServicePort
from lab.mesh.world.snapshot import World, endpoints

Rules = Callable[[World, Service, ServicePort, FrontendRules], FrontendRules]


class Place(NamedTuple):
    """The frontend that rules belong to; `namespace` is that of the consumer they are for, "" if for everybody."""

    world: World
    service: Service
    port: ServicePort
    plain: Forward
    namespace: str = ""

    @property
    def host(self) -> str:
        """The name of the Service with its namespace."""
        return f"{self.service.key.name}.{self.service.key.namespace}"


def each_table(change: Callable[[Place, RuleTable], RuleTable]) -> Rules:
    """What governs the frontend is changed, for everybody and for each consumer namespace."""

    def changed(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:
        place = Place(world, service, port, rules.plain)
        producer = change(place, rules.producer) if rules.producer else None
        consumers = tuple((name, change(place._replace(namespace=name), table)) for name, table in rules.consumers)
        return replace(rules, producer=producer, consumers=consumers)

    return changed


def each_ungoverned(change: Callable[[Place], RuleTable | None]) -> Rules:
    """A frontend without a route for everybody gets rules; None leaves it as it is."""

    def changed(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:
        if rules.producer is not None:
            return rules
        return replace(rules, producer=change(Place(world, service, port, rules.plain)))

    return changed


def each_unrouted(change: Callable[[Place], RuleTable | None]) -> Rules:
    """As `each_ungoverned`, and only for Services that no route names."""
    return each_ungoverned(lambda place: None if place.service.key in place.world.routes_by_parent else change(place))


def unmatched(answer: Callable[[Place, RuleTable], Action]) -> Rules:
    """Something else happens to requests that no rule matches."""
    return each_table(lambda place, table: replace(table, unmatched=answer(place, table)))


def entry(match: Match, *shares: Share) -> Entry:
    """What no rule says, and the mesh does."""
    return Entry(match, shares, "deviation")


def host_is(*names: str, regex: bool = False) -> tuple[Match, ...]:
    """Requests for one of these hosts, as they are written in the request."""
    return tuple(Match(headers=(ValueMatch("host", name, regex),)) for name in names)


def escaping(hosts: Callable[[Place], Iterable[Match]]) -> Rules:
    """Some requests are treated as if the Service had no routes."""

    def change(place: Place, table: RuleTable) -> RuleTable:
        escapes = tuple(entry(match, Share(1, place.plain)) for match in hosts(place))
        return replace(table, entries=(*escapes, *table.entries))

    return each_table(change)


def guarded(table: RuleTable, guard: Match, otherwise: Action) -> RuleTable:
    """The table for requests that satisfy the headers of `guard`, and `otherwise` for all others."""
    narrowed = tuple(
        replace(each, match=replace(each.match, headers=(*each.match.headers, *guard.headers)))
        for each in (*table.entries, entry(Match(), Share(1, table.unmatched)))
    )
    return RuleTable(narrowed, otherwise)


def producer_table(world: World, service: Service, port: ServicePort) -> RuleTable | None:
    """The rules that everybody ought to get at another frontend."""
    return frontend_rules(world, service, port, CONFORMANT).producer


def plain_of(service: Service, port: ServicePort) -> Forward:
    """The endpoints behind a port of a Service."""
    return Forward(ClusterKey(service.key, port.port))


def partly(percent: int, other: Action, right: Action) -> tuple[Share, ...]:
    """So many percent of the requests are treated wrongly."""
    return (Share(percent, other), Share(100 - percent, right))


def entries_partly(percent: int, entries: Iterable[Entry], other: Action) -> tuple[Entry, ...]:
    """So many percent of the requests of each entry are treated wrongly."""

    def mixed(found: Entry) -> Entry:
        total = sum(share.weight for share in found.shares)
        right = tuple(replace(share, weight=share.weight * (100 - percent)) for share in found.shares)
        return replace(found, shares=(Share(total * percent, other), *right))

    return tuple(mixed(each) for each in entries)


def fail_open(place: Place, table: RuleTable) -> Action:  # noqa: ARG001 - part of the signature
    """The Service's own endpoints serve what no rule matches."""
    return place.plain


def sibling(place: Place, name: str) -> tuple[Service, ServicePort] | None:
    """Another Service of the namespace, with a port of the same number."""
    service = place.world.services.get(place.service.key._replace(name=name))
    port = service.port(place.port.port) if service else None
    return (service, port) if service and port and service.cluster_ip else None


def shorter_names(place: Place) -> list[str]:
    """Names of which the Service's is a continuation, the longest first."""
    parts = place.service.key.name.split("-")
    return ["-".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]


def alternatives(place: Place, *, host: str) -> list[str]:
    """Every way to write a host with and without the number of the port."""
    return [host, f"{host}:{place.port.port}"]


def deep_paths(segments: int) -> Match:
    """Paths of at least so many elements."""
    return Match(path=PathMatch(PathKind.REGEX, f"(/[^/]+){{{segments},}}/?"))


def lacks_endpoints(place: Place) -> bool:
    """Whether nothing is behind the frontend itself."""
    return not endpoints(place.world, place.service.key, place.port.name)


def literal(text: str) -> str:
    """The text as a regular expression of itself."""
    return re.escape(text)


NOT_FOUND = Respond(404)
