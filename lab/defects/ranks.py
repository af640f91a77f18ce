"""Wrong orders between matches, for `Decisions.precedence`: the smaller key wins."""

from __future__ import annotations

from collections.abc import Callable

from lab.defects.tables import prefix
from lab.mesh.model.precedence import Candidate, path_length, specificity
from lab.mesh.world.route import Match, PathKind

Rank = Callable[[Candidate], tuple[object, ...]]
Criteria = Callable[[Match], tuple[object, ...]]
_FIRST = {PathKind.EXACT: 0, PathKind.REGEX: 1, PathKind.PREFIX: 2}
_SWAPPED = {PathKind.PREFIX: 0, PathKind.REGEX: 1, PathKind.EXACT: 2}


def by(criteria: Criteria) -> Rank:
    """HTTPRoutes compared by these criteria, ties as ever; GRPCRoutes as ever."""

    def rank(candidate: Candidate) -> tuple[object, ...]:
        match, route = candidate.match, candidate.route
        found = criteria(match) if match.call is None else specificity(match)
        return (route.kind.rank, *found, *route.age, candidate.rule_index, candidate.match_index)

    return rank


def ties(tie: Rank) -> Rank:
    """Matches compared as ever, and ties of HTTPRoutes by `tie`."""

    def rank(candidate: Candidate) -> tuple[object, ...]:
        http_tie = tie(candidate) if candidate.match.call is None else candidate.route.age
        return (candidate.route.kind.rank, *specificity(candidate.match), *http_tie, candidate.rule_index)

    return rank


def _kind(match: Match) -> tuple[object, ...]:
    return (_FIRST[match.path.kind],)


def _path(match: Match) -> tuple[object, ...]:
    return (_FIRST[match.path.kind], -path_length(match))


def _number(match: Match) -> tuple[object, ...]:
    """Method, headers and query as ever."""
    return specificity(match)[2:]


def list_order(match: Match) -> tuple[object, ...]:
    """No criteria at all: rules as they are listed."""
    return (match.call is not None,)


def prefix_first(match: Match) -> tuple[object, ...]:
    """Prefixes before exact paths."""
    return (_SWAPPED[match.path.kind], -path_length(match), *_number(match))


def by_length_alone(match: Match) -> tuple[object, ...]:
    """The type of a path counts for nothing."""
    return (-path_length(match), *_number(match))


def by_first_element(match: Match) -> tuple[object, ...]:
    """Of prefixes only the first element counts."""
    length = -len(prefix(match).split("/")[1]) if prefix(match) else 0
    return (*_kind(match), length if match.path.kind is PathKind.PREFIX else -path_length(match), *_number(match))


def shortest_first(match: Match) -> tuple[object, ...]:
    """Shorter prefixes before longer ones, / last."""
    return (*_kind(match), path_length(match) or 10_000, *_number(match))


def headers_first(match: Match) -> tuple[object, ...]:
    """Headers before anything else."""
    return (-len(match.headers), *_path(match), match.method is None, -len(match.query))


def headers_before_length(match: Match) -> tuple[object, ...]:
    """Headers between the type and the length of the path."""
    return (*_kind(match), -len(match.headers), -path_length(match), match.method is None, -len(match.query))


def headers_not_counted(match: Match) -> tuple[object, ...]:
    """Headers count once."""
    return (*_path(match), match.method is None, not match.headers, -len(match.query))


def fewest_headers(match: Match) -> tuple[object, ...]:
    """Fewer headers before more, none last."""
    return (*_path(match), match.method is None, len(match.headers) or 100, -len(match.query))


def method_after_headers(match: Match) -> tuple[object, ...]:
    """Headers before the method."""
    return (*_path(match), -len(match.headers), match.method is None, -len(match.query))


def method_before_length(match: Match) -> tuple[object, ...]:
    """The method between the type and the length of the path."""
    return (*_kind(match), match.method is None, -path_length(match), -len(match.headers), -len(match.query))


def conditions_added_up(match: Match) -> tuple[object, ...]:
    """One number for method, headers and query."""
    return (*_path(match), -len(match.headers) - len(match.query) - (match.method is not None))


def query_not_counted(match: Match) -> tuple[object, ...]:
    """Without regard to the query."""
    return (*_path(match), match.method is None, -len(match.headers))


def fewest_parameters(match: Match) -> tuple[object, ...]:
    """Fewer parameters before more, none last."""
    return (*_path(match), match.method is None, -len(match.headers), len(match.query) or 100)


def query_before_headers(match: Match) -> tuple[object, ...]:
    """The query before headers."""
    return (*_path(match), match.method is None, -len(match.query), -len(match.headers))


def query_first(match: Match) -> tuple[object, ...]:
    """The query between the type and the length of the path."""
    return (*_kind(match), -len(match.query), -path_length(match), match.method is None, -len(match.headers))


def age_first(candidate: Candidate) -> tuple[object, ...]:
    """The age of the route before any criteria."""
    kind, route = candidate.route.kind, candidate.route
    return (kind.rank, *route.age, *specificity(candidate.match), candidate.rule_index, candidate.match_index)


def newest(candidate: Candidate) -> tuple[object, ...]:
    """Text in falling order: the characters of a time are compared the other way round."""
    created, namespace, name = candidate.route.age
    return (tuple(-ord(character) for character in created), namespace, name)


def name_alone(candidate: Candidate) -> tuple[object, ...]:
    """The first name."""
    return candidate.route.age[1:]


def last_name(candidate: Candidate) -> tuple[object, ...]:
    """The oldest route, then the last name."""
    created, namespace, name = candidate.route.age
    return (created, namespace, tuple(-ord(character) for character in f"{name}\U0010ffff"))


def arrival(candidate: Candidate) -> tuple[object, ...]:
    """The oldest route, then the first that was written."""
    version = candidate.route.version
    return (candidate.route.created, int(version) if version.isdigit() else 0)


def last_arrival(candidate: Candidate) -> tuple[object, ...]:
    """The oldest route, then the last that was written."""
    created, version = arrival(candidate)
    return (created, -version if isinstance(version, int) else 0)


def last_rule(candidate: Candidate) -> tuple[object, ...]:
    """The oldest route, then its last rule."""
    return (*candidate.route.age, -candidate.rule_index)


def by_backend(candidate: Candidate) -> tuple[object, ...]:
    """The oldest route, then the first name of a backend."""
    return (*candidate.route.age, tuple(ref.name for ref in candidate.rule.backends))


def rule_by(choose: Callable[[list[tuple[int, ...]]], tuple[int, ...]]) -> Rank:
    """All matches of a rule have the rank of one of them."""

    def rank(candidate: Candidate) -> tuple[object, ...]:
        matches = candidate.rule.matches if candidate.match.call is None else (candidate.match,)
        chosen = choose([specificity(match) for match in matches])
        return (candidate.route.kind.rank, *chosen, *candidate.route.age, candidate.rule_index, candidate.match_index)

    return rank
