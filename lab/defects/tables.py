"""Changes of the rules of frontends (`Decisions.rules`) and of routes, made of small changes of their parts.

Envoy takes the first entry that matches, so that a change may also put entries in front of others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from lab.mesh.envoy.numbering import NUMBER
from lab.mesh.model.actions import Action, Entry, Forward, FrontendRules, Respond, RuleTable, Share
from lab.mesh.model.history import History
from lab.mesh.world.route import Match, PathKind, PathMatch, Route, RouteKind, Rule, ValueMatch
from lab.mesh.world.service import Service, ServicePort
from lab.mesh.world.snapshot import World

Rules = Callable[[World, Service, ServicePort, FrontendRules], FrontendRules]
MatchChange = Callable[[Match], Match]
EntryChange = Callable[[Entry, Forward], Iterable[Entry]]
TableChange = Callable[[RuleTable, Forward], RuleTable]

# A header that no request has: a condition on it never holds.
NEVER = ValueMatch("x-lab-never", "never")
LATER = ValueMatch(NUMBER, "[2-9]|[1-9][0-9]+", regex=True)  # with `numbered`: not the first of its connection


def each_table(change: TableChange) -> Rules:
    """Applies the change to the rules for every kind of caller; it is also told what plain forwarding is."""

    def changed(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:  # noqa: ARG001
        producer = rules.producer and change(rules.producer, rules.plain)
        consumers = tuple((namespace, change(table, rules.plain)) for namespace, table in rules.consumers)
        return replace(rules, producer=producer, consumers=consumers)

    return changed


def each_entry(change: EntryChange) -> Rules:
    """Puts what the change gives in the place of every entry of an HTTPRoute."""

    def changed(table: RuleTable, plain: Forward) -> RuleTable:
        entries = (made for entry in table.entries for made in (change(entry, plain) if http(entry) else (entry,)))
        return replace(table, entries=tuple(entries))

    return each_table(changed)


def each_match(change: MatchChange) -> Rules:
    """Applies the change to every match of an HTTPRoute; what wins among several stays as it was."""
    return each_entry(lambda entry, _: (replace(entry, match=change(entry.match)),))


def each_division(change: Callable[[tuple[Share, ...]], tuple[Share, ...]]) -> Rules:
    """Applies the change to how the requests of every match of an HTTPRoute are divided."""
    return each_entry(lambda entry, _: (replace(entry, shares=change(entry.shares)),))


def each_header(change: Callable[[ValueMatch], ValueMatch]) -> MatchChange:
    """Applies the change to every condition on a header."""
    return lambda match: replace(match, headers=tuple(change(each) for each in match.headers))


def each_query(change: Callable[[ValueMatch], ValueMatch]) -> MatchChange:
    """Applies the change to every condition on a query parameter."""
    return lambda match: replace(match, query=tuple(change(each) for each in match.query))


def http(entry: Entry) -> bool:
    """Whether the entry comes from an HTTPRoute."""
    return entry.match.call is None


def prefix(match: Match) -> str:
    """The prefix that the match asks for, without its trailing slash; "" if it asks for no prefix, or for any path."""
    return match.path.elements if match.path.kind is PathKind.PREFIX else ""


def exact(match: Match) -> str:
    """The path that the match asks for; "" if it asks for no single one."""
    return match.path.value if match.path.kind is PathKind.EXACT else ""


def with_path(match: Match, pattern: str) -> Match:
    """The match with its path compared, as a whole, with an expression."""
    return replace(match, path=PathMatch(PathKind.REGEX, pattern))


def never(match: Match) -> Match:
    """The match, for no request."""
    return replace(match, headers=(*match.headers, NEVER))


def literal(text: str) -> str:
    """The expression that means just this text."""
    return re.escape(text).replace(r"\-", "-").replace(r"\/", "/")


def failed(action: Action) -> bool:
    """Whether the action is an error of the mesh in place of a backend that cannot be used."""
    return isinstance(action, Respond) and action.status >= 500


def alone(entry: Entry, action: Action) -> Entry:
    """The entry with this action for all its requests."""
    return replace(entry, shares=(Share(1, action),), pinned=())


def each_route(change: Callable[[Route], Route | None]) -> Callable[[World, History], World]:
    """For `Decisions.world`: applies the change to every HTTPRoute; None takes the route away."""

    def changed(world: World, history: History) -> World:  # noqa: ARG001 - part of the decision's signature
        made = {key: change(route) if route.kind is RouteKind.HTTP else route for key, route in world.routes.items()}
        return replace(world, routes={key: route for key, route in made.items() if route is not None})

    return changed


def each_rule(change: Callable[[Rule], Rule]) -> Callable[[World, History], World]:
    """For `Decisions.world`: applies the change to every rule of an HTTPRoute."""
    return each_route(lambda route: replace(route, rules=tuple(change(rule) for rule in route.rules)))
