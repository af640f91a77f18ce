"""What GRPCRoutes come to, for defects: their rules as the data plane reads them, and the entries that follow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from lab.defects.tables import LATER, EntryChange, Rules, TableChange, each_table
from lab.mesh.envoy.numbering import DRAW, FIRST
from lab.mesh.model.actions import Entry, Forward, FrontendRules, RuleTable, Share
from lab.mesh.model.history import History
from lab.mesh.world.route import CallMatch, Filter, Match, Route, RouteKind, Rule, ValueMatch
from lab.mesh.world.service import Service, ServicePort
from lab.mesh.world.snapshot import World

Worlds = Callable[[World, History], World]

ANY_CALL = Match(call=CallMatch())


def routes_read(kind: RouteKind, change: Callable[[Route], Route]) -> Worlds:
    """The data plane follows changed routes of this type; what the status says of them is not affected."""

    def followed(world: World, history: History) -> World:  # noqa: ARG001 - part of the decision's signature
        routes = {key: change(route) if route.kind is kind else route for key, route in world.routes.items()}
        return replace(world, routes=routes)

    return followed


def rules_read(change: Callable[[Rule], Rule]) -> Worlds:
    """Every rule of a GRPCRoute is taken for another one."""
    return routes_read(RouteKind.GRPC, lambda route: replace(route, rules=tuple(change(rule) for rule in route.rules)))


def filters_read(change: Callable[[Filter], Iterable[Filter]]) -> Worlds:
    """Every filter of a rule of a GRPCRoute is taken for others."""
    return rules_read(lambda rule: replace(rule, filters=tuple(made for item in rule.filters for made in change(item))))


def late(kind: RouteKind, seconds: float) -> Worlds:
    """Routes of this type are followed as they were so many seconds ago."""

    def followed(world: World, history: History) -> World:
        routes = {key: route for key, route in world.routes.items() if route.kind is not kind}
        for key in sorted(history.keys()):
            if key.kind == kind.value and (route := history.as_of(key, seconds)) is not None:
                routes[key] = route
        return replace(world, routes=routes)

    return followed


def each_call(change: EntryChange) -> Rules:
    """Puts what the change gives in the place of every entry of a GRPCRoute."""

    def changed(table: RuleTable, plain: Forward) -> RuleTable:
        entries = (made for entry in table.entries for made in (change(entry, plain) if call(entry) else (entry,)))
        return replace(table, entries=tuple(entries))

    return each_table(changed)


def each_call_match(change: Callable[[Match], Match]) -> Rules:
    """Applies the change to every match of a GRPCRoute; what wins among several stays as it was."""
    return each_call(lambda entry, _: (replace(entry, match=change(entry.match)),))


def each_call_division(change: Callable[[tuple[Share, ...]], tuple[Share, ...]]) -> Rules:
    """Applies the change to how the calls of every match of a GRPCRoute are divided."""
    return each_call(lambda entry, _: (replace(entry, shares=change(entry.shares)),))


def call_tables(change: TableChange) -> Rules:
    """Applies the change to the rules of GRPCRoutes, for every kind of caller."""
    return each_table(lambda table, plain: change(table, plain) if any(map(call, table.entries)) else table)


def call(entry: Entry) -> bool:
    """Whether the entry comes from a GRPCRoute."""
    return entry.match.call is not None


def compared(match: Match, *, service: str = "{}", method: str = "{}") -> Match:
    """The match with its parts compared with expressions, in which {} is the part as it was written."""
    known = match.call
    if known is None or known.regex:
        return match
    parts = [
        how.format(re.escape(part)) if part else "" for how, part in ((service, known.service), (method, known.method))
    ]
    return replace(match, call=CallMatch(parts[0], parts[1], regex=True))


def of_the_first_call(table: RuleTable, plain: Forward) -> RuleTable:  # noqa: ARG001 - the signature of TableChange
    """Later calls of a connection are treated as its first one was."""
    later = [
        replace(entry, match=Match(call=CallMatch(), headers=(LATER, ValueMatch(FIRST, _path(entry), regex=True))))
        for entry in table.entries
        if entry.match.call is not None
    ]
    rest = Entry(Match(call=CallMatch(), headers=(LATER,)), (Share(1, table.unmatched),), "later calls")
    return replace(table, entries=(*later, rest, *table.entries))


def _path(entry: Entry) -> str:
    asked = entry.match.call or CallMatch()
    parts = [part if asked.regex else re.escape(part) for part in (asked.service, asked.method)]
    return "/" + "/".join(f"(?:{part})" if part else "[^/]+" for part in parts)


def by_connection(entry: Entry, plain: Forward) -> Iterable[Entry]:  # noqa: ARG001 - the signature of EntryChange
    """Shares are drawn once a connection instead of once a call."""
    total, reached = sum(share.weight for share in entry.shares), 0
    for share in entry.shares:
        first, reached = round(100 * reached / total), reached + share.weight
        drawn = "|".join(f"{number:02d}" for number in range(first, round(100 * reached / total)))
        if drawn:
            match = replace(entry.match, headers=(*entry.match.headers, ValueMatch(DRAW, drawn, regex=True)))
            yield replace(entry, match=match, shares=(replace(share, weight=1),))


def namespace_exempt(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:  # noqa: ARG001
    """Calls from the Service's own namespace are not governed."""
    own = service.key.namespace
    if rules.producer is None or not any(map(call, rules.producer.entries)):
        return rules
    return replace(rules, consumers=(*rules.consumers, (own, RuleTable((), rules.plain))))


def some(percent: int, entry: Entry, wrong: Share) -> Entry:
    """The entry, of whose calls so many percent are treated as `wrong` says."""
    total = sum(share.weight for share in entry.shares)
    right = tuple(replace(share, weight=share.weight * (100 - percent)) for share in entry.shares)
    return replace(entry, shares=(*right, replace(wrong, weight=total * percent)))
