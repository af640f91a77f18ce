"""Defects in what the area matching is about."""

from __future__ import annotations

from dataclasses import replace

from lab.defects import conditions, paths, queries
from lab.defects.model import Defect, defect
from lab.defects.tables import each_match, each_route, each_rule, each_table, http, never
from lab.mesh.model.actions import Forward, Respond, RuleTable
from lab.mesh.model.history import History
from lab.mesh.model.precedence import Candidate, specificity
from lab.mesh.world.route import Match, PathKind, PathMatch, Route, RouteKind, Rule
from lab.mesh.world.snapshot import World

_ROOT = PathMatch()
_RULES, _MATCHES = 8, 4
_REMEMBERED = 1.0  # seconds


def _last_match(rule: Rule) -> Rule:
    return replace(rule, matches=rule.matches[-1:])


def _with_paths_only(rule: Rule) -> Rule:
    """Where some matches of a rule have a path, those without are lost."""
    with_path = tuple(match for match in rule.matches if match.path != _ROOT)
    return replace(rule, matches=with_path or rule.matches)


def _no_path_with_headers(match: Match) -> Match:
    return never(match) if match.path != _ROOT and match.headers else match


def _headers_ignored(match: Match) -> Match:
    return replace(match, headers=()) if match.path != _ROOT else match


def _path_ignored(match: Match) -> Match:
    return replace(match, path=_ROOT) if match.headers else match


def _root_only(match: Match) -> Match:
    return replace(match, path=PathMatch(PathKind.EXACT, "/")) if match == Match() else match


def _by_rule_name(candidate: Candidate) -> tuple[object, ...]:
    """The order of the rules is that of their names; those without a name stay where they are."""
    names = [rule.name for rule in candidate.route.rules]
    place = sorted(names).index(candidate.rule.name) if candidate.rule.name else candidate.rule_index
    kind = candidate.route.kind.rank
    return (kind, *specificity(candidate.match), *candidate.route.age, place, candidate.match_index)


def _without_named_rules(route: Route) -> Route:
    return replace(route, rules=tuple(replace(rule, matches=()) if rule.name else rule for rule in route.rules))


def _unnamed_as_one(route: Route) -> Route:
    """Where a rule has a name rules are kept by their names, of which all unnamed ones have the same."""
    if not any(rule.name for rule in route.rules):
        return route
    first = next((index for index, rule in enumerate(route.rules) if not rule.name), None)
    kept = (
        rule if rule.name or index == first else replace(rule, matches=()) for index, rule in enumerate(route.rules)
    )
    return replace(route, rules=tuple(kept))


def _first_rules(route: Route) -> Route:
    return replace(route, rules=route.rules[:_RULES])


def _first_matches(rule: Rule) -> Rule:
    return replace(rule, matches=rule.matches[:_MATCHES])


def _common_beginning(rule: Rule) -> Rule:
    """Many prefixes of one folder become one prefix, the folder."""
    folders = {match.path.elements.rpartition("/")[0] for match in rule.matches}
    if len(rule.matches) <= _MATCHES or len(folders) > 1:
        return rule
    return replace(rule, matches=(Match(path=PathMatch(PathKind.PREFIX, folders.pop())),))


def _headers_forgotten(world: World, history: History) -> World:
    """A while after a route was written the conditions on headers of those of its matches that have one are gone."""

    def aged(route: Route) -> Route:
        if route.kind is not RouteKind.HTTP or not _REMEMBERED < history.age(route.identity) < float("inf"):
            return route
        rules = (replace(rule, matches=tuple(map(_single_header_gone, rule.matches))) for rule in route.rules)
        return replace(route, rules=tuple(rules))

    return replace(world, routes={key: aged(route) for key, route in world.routes.items()})


def _single_header_gone(match: Match) -> Match:
    return replace(match, headers=()) if len(match.headers) == 1 else match


def _mismatch_reaches_service(table: RuleTable, plain: Forward) -> RuleTable:
    """Where every match has conditions on headers, a request that meets none reaches the Service beside its 404."""
    if not all(http(entry) and entry.match.headers for entry in table.entries):
        return table
    return replace(table, unmatched=Respond(404, besides=plain.cluster))


DEFECTS: tuple[Defect, ...] = (
    *paths.DEFECTS,
    *conditions.DEFECTS,
    *queries.DEFECTS,
    defect(
        "last-match-counts",
        "Of several matches of a rule only the last one counts",
        breaks=("matching.matches-or",),
        cause="Each match is written over the one before, in the rule's only slot in the proxy.",
        world=each_rule(_last_match),
    ),
    defect(
        "matches-without-path-lost",
        "Of the matches of a rule those without a path are lost where others have one",
        breaks=("matching.matches-or",),
        cause="The matches of a rule are grouped by their paths, and the group without one is never written out.",
        world=each_rule(_with_paths_only),
    ),
    defect(
        "path-and-header-exclusive",
        "A match with a path and a condition on a header holds for no request",
        breaks=("matching.match-types-and",),
        cause="Paths and headers go to two tables of the proxy, neither of which finds the whole match.",
        rules=each_match(_no_path_with_headers),
    ),
    defect(
        "headers-ignored-beside-path",
        "The conditions on headers of a match that has a path are left out",
        breaks=("matching.match-types-and",),
        cause="The translation asks for the kind of the match, finds a path and is done.",
        rules=each_match(_headers_ignored),
    ),
    defect(
        "path-ignored-beside-headers",
        "The path of a match that has conditions on headers is left out",
        breaks=("matching.match-types-and",),
        cause="Matches on headers go to a table of their own, whose entries have no path.",
        rules=each_match(_path_ignored),
    ),
    defect(
        "no-matches-mean-root",
        "A rule without matches applies to the path / only",
        breaks=("matching.no-matches-matches-all",),
        cause="The path that is filled in for a missing match has the type Exact.",
        rules=each_match(_root_only),
    ),
    defect(
        "rules-ordered-by-name",
        "Between equal matches of one route the rule with the first name wins",
        breaks=("matching.named-rule-no-effect",),
        cause="The rules are kept in a map by name and written out in its order, so that the configuration is stable.",
        precedence=_by_rule_name,
    ),
    defect(
        "named-rules-lost",
        "Rules with a name have no effect",
        breaks=("matching.named-rule-no-effect",),
        cause="A name means to this mesh that a policy refers to the rule, and without the policy it waits for one.",
        world=each_route(_without_named_rules),
    ),
    defect(
        "unnamed-rules-are-one",
        "In a route with a named rule only the first rule without a name has an effect",
        breaks=("matching.named-rule-no-effect",),
        cause="As soon as one has a name, the rules are kept in a map by name, with the empty text as a key.",
        world=each_route(_unnamed_as_one),
    ),
    defect(
        "rules-cut",
        "Of a route with many rules only the first eight have an effect",
        breaks=("matching.max-size-route",),
        cause="Rules are held in a fixed-size map in the kernel, and the error on overflow is logged at debug level.",
        world=each_route(_first_rules),
    ),
    defect(
        "matches-cut",
        "Of a rule with many matches only the first four have an effect",
        breaks=("matching.max-size-route",),
        cause="The bits of a word number the matches of a rule, in a field that is four wide.",
        world=each_rule(_first_matches),
    ),
    defect(
        "matches-compacted",
        "Many prefixes of a rule that lie in one folder are replaced by the folder",
        breaks=("matching.max-size-route",),
        cause="Large tables are made smaller by a step that was written for lists of IP addresses.",
        world=each_rule(_common_beginning),
    ),
    defect(
        "header-condition-forgotten",
        "A second after a route was written its only condition on a header is gone from a match",
        breaks=("matching.header-exact", "matching.header-value-exact-case"),
        cause="A resync writes the table anew by a second code path, which knows lists of headers only.",
        world=_headers_forgotten,
        every=0.25,
    ),
    defect(
        "header-mismatch-also-reaches-service",
        "Where all rules look at headers, a request that none matches gets 404 and reaches the Service all the same",
        breaks=("attachment.unmatched-rejected", "matching.header-exact"),
        cause="Rules by header came with a mode in which the Service gets copies of what is not diverted.",
        rules=each_table(_mismatch_reaches_service),
    ),
)
