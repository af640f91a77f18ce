"""What wrong meshes do with rules that they cannot implement, whatever their status says; right: `usable_rules`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from lab.defects.calls import Worlds, routes_read
from lab.mesh.model.validity import rule_problem
from lab.mesh.world.route import Match, PathKind, PathMatch, Route, RouteKind, Rule, ValueMatch

_SPECIAL = re.compile(r"[][(){}*+?.^$|]")


def _bad_rules(change: Callable[[Rule], Rule]) -> Worlds:
    """Rules of HTTPRoutes that cannot be implemented are taken for others."""

    def changed(route: Route) -> Route:
        return replace(route, rules=tuple(change(rule) if rule_problem(rule) else rule for rule in route.rules))

    return routes_read(RouteKind.HTTP, changed)


def _whole_route_closed(route: Route) -> Route:
    """One bad rule, and the route matches nothing."""
    bad = [rule for rule in route.rules if rule_problem(rule)]
    return replace(route, rules=tuple(Rule(matches=()) for _ in route.rules)) if bad else route


def _up_to_a_bad_path(route: Route) -> Route:
    """Rules behind one with a bad path are lost."""
    for index, rule in enumerate(route.rules):
        if rule_problem(rule) and any(match.path.kind is PathKind.REGEX for match in rule.matches):
            kept = route.rules[: index + 1]
            return replace(route, rules=(*kept, *(Rule(matches=()) for _ in route.rules[index + 1 :])))
    return route


def _up_to_the_error(rule: Rule) -> Rule:
    """Of an expression that does not compile the beginning is taken for a prefix."""
    return replace(rule, matches=tuple(_prefixed(match) for match in rule.matches))


def _prefixed(match: Match) -> Match:
    if match.path.kind is not PathKind.REGEX:
        return match
    return replace(match, path=PathMatch(PathKind.PREFIX, _SPECIAL.split(match.path.value)[0]))


def _without_bad_headers(rule: Rule) -> Rule:
    """A header whose expression does not compile is not compared."""

    def kept(header: ValueMatch) -> bool:
        return rule_problem(Rule(matches=(Match(headers=(header,)),))) is None

    matches = (replace(match, headers=tuple(filter(kept, match.headers))) for match in rule.matches)
    return replace(rule, matches=tuple(matches))


whole_route_closed = routes_read(RouteKind.HTTP, _whole_route_closed)
rules_behind_lost = routes_read(RouteKind.HTTP, _up_to_a_bad_path)
served_up_to_the_error = _bad_rules(_up_to_the_error)
served_without_bad_headers = _bad_rules(_without_bad_headers)
