"""Which of several matching conditions wins: one order over all matches of all rules of all routes of a group."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from lab.mesh.world.route import Match, PathKind, Route, Rule

# A regular expression's place is the implementation's choice (matching.path-regex-optional): between the two others.
_PATH_RANK = {PathKind.EXACT: 0, PathKind.REGEX: 1, PathKind.PREFIX: 2}


class Candidate(NamedTuple):
    """One match with the places it was written at."""

    route: Route
    rule_index: int
    match_index: int
    rule: Rule
    match: Match


def candidates(routes: Iterable[Route]) -> list[Candidate]:
    """Every match of every rule; precedence is a property of the match (precedence.per-match-not-per-rule)."""
    return [
        Candidate(route, rule_index, match_index, rule, match)
        for route in routes
        for rule_index, rule in enumerate(route.rules)
        for match_index, match in enumerate(rule.matches)
    ]


def precedence(candidate: Candidate) -> tuple[object, ...]:
    """The sort key: smaller wins.

    Criteria in the order of the specification, compared over all attached routes together before age counts
    (precedence.specificity-across-routes). Then the oldest route (precedence.oldest-route-wins, grpc.precedence-ties),
    the first name (precedence.alphabetical-tiebreak), the first rule (precedence.first-rule-wins). A table holds routes
    of one type; where a defect mixes types, they are not compared with each other.
    """
    match, route = candidate.match, candidate.route
    return (route.kind.rank, *specificity(match), *route.age, candidate.rule_index, candidate.match_index)


def specificity(match: Match) -> tuple[int, ...]:
    """The part of the key that follows from the match alone."""
    if match.call is not None:
        # grpc.precedence-service-method-headers: characters as written, of expressions too
        return (-len(match.call.service), -len(match.call.method), -len(match.headers))
    return (
        _PATH_RANK[match.path.kind],  # precedence.exact-over-prefix
        -path_length(match),  # precedence.longest-prefix, path-before-headers
        match.method is None,  # precedence.method-next
        -len(match.headers),  # precedence.most-headers, headers-before-query
        -len(match.query),  # precedence.most-query-params
    )


def path_length(match: Match) -> int:
    """Characters of the path value; the trailing slash of a prefix means nothing and does not count."""
    return len(match.path.elements if match.path.kind is PathKind.PREFIX else match.path.value)


def by_precedence(
    routes: Iterable[Route], rank: Callable[[Candidate], tuple[object, ...]] = precedence
) -> list[Candidate]:
    """All matches, the winner of any tie first."""
    return sorted(candidates(routes), key=rank)
