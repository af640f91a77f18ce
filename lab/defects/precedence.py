"""Defects in what the area precedence is about."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter

from lab.defects.model import Defect, defect
from lab.defects.ranks import (
    Rank,
    age_first,
    arrival,
    by,
    by_backend,
    by_first_element,
    by_length_alone,
    conditions_added_up,
    fewest_headers,
    fewest_parameters,
    headers_before_length,
    headers_first,
    headers_not_counted,
    last_arrival,
    last_name,
    last_rule,
    list_order,
    method_after_headers,
    method_before_length,
    name_alone,
    newest,
    prefix_first,
    query_before_headers,
    query_first,
    query_not_counted,
    rule_by,
    shortest_first,
    ties,
)
from lab.defects.tables import each_table, exact, failed, http, prefix
from lab.mesh.model.actions import Entry, Forward, HeaderEdit, RuleTable
from lab.mesh.model.history import History
from lab.mesh.world.route import Match, PathKind, Route, RouteKey, RouteKind
from lab.mesh.world.snapshot import World


def _without_catch_all(table: RuleTable, plain: Forward) -> RuleTable:  # noqa: ARG001 - part of the signature
    """Prefix / without further conditions is left out where there are longer prefixes."""
    if not any(http(entry) and (prefix(entry.match) or exact(entry.match)) for entry in table.entries):
        return table
    return replace(table, entries=tuple(entry for entry in table.entries if entry.match != Match()))


def _newest_only(world: World, history: History) -> World:  # noqa: ARG001 - part of the decision's signature
    """Of several HTTPRoutes with the same parents only the newest is there."""
    newest: dict[object, Route] = {}
    for route in sorted(world.routes.values(), key=attrgetter("age")):
        alone = None if route.kind is RouteKind.HTTP else route.identity
        newest[route.key.namespace, alone, route.parents] = route
    kept: dict[RouteKey, Route] = {route.identity: route for route in newest.values()}
    return replace(world, routes={key: route for key, route in world.routes.items() if key in kept})


def _covers(outer: Match, inner: Match) -> bool:
    """Whether every request of `inner` also matches `outer`, as far as prefixes alone tell it."""
    alone = Match(path=outer.path) == outer and outer.path.kind is PathKind.PREFIX
    return alone and outer != inner and inner.path.value.startswith(outer.path.elements)


def _edits_of(entry: Entry) -> tuple[HeaderEdit, ...]:
    return tuple(edit for share in entry.shares if isinstance(share.action, Forward) for edit in share.action.request)


def _with_edits(entry: Entry, more: tuple[HeaderEdit, ...]) -> Entry:
    def changed(edits: tuple[HeaderEdit, ...]) -> tuple[HeaderEdit, ...]:
        return (*edits, *(edit for edit in more if edit not in edits))

    shares = (
        replace(share, action=replace(share.action, request=changed(share.action.request)))
        if isinstance(share.action, Forward)
        else share
        for share in entry.shares
    )
    return replace(entry, shares=tuple(shares))


def _filters_of_wider_rules(table: RuleTable, plain: Forward) -> RuleTable:  # noqa: ARG001 - part of the signature
    """To the headers that a rule edits come those of all rules whose prefix covers its own."""

    def inherited(entry: Entry) -> tuple[HeaderEdit, ...]:
        wider = (other for other in table.entries if _covers(other.match, entry.match))
        return tuple(edit for other in wider for edit in _edits_of(other))

    return replace(table, entries=tuple(_with_edits(entry, inherited(entry)) for entry in table.entries))


def _filters_of_all_rules(table: RuleTable, plain: Forward) -> RuleTable:  # noqa: ARG001 - part of the signature
    """What rule / edits is done to the requests of the others, too, and what they do to its own."""
    if not any(entry.match == Match() for entry in table.entries):
        return table
    every = tuple(edit for entry in table.entries for edit in _edits_of(entry))
    return replace(table, entries=tuple(_with_edits(entry, every) for entry in table.entries))


def _next_rule(table: RuleTable, plain: Forward) -> RuleTable:  # noqa: ARG001 - part of the signature
    """Matches whose backends cannot be used are left to the next one."""
    kept = (
        entry for entry in table.entries if not http(entry) or not all(failed(each.action) for each in entry.shares)
    )
    return replace(table, entries=tuple(kept))


def _alternating_age(world: World, history: History) -> World:
    """For half a second newer routes count as newer, for the next half as older."""
    if int(history.now / 0.5) % 2 == 0:
        return world
    created = sorted({route.created for route in world.routes.values() if route.kind is RouteKind.HTTP})
    turned = dict(zip(created, reversed(created), strict=True))
    routes = {
        key: replace(route, created=turned[route.created]) if route.kind is RouteKind.HTTP else route
        for key, route in world.routes.items()
    }
    return replace(world, routes=routes)


def _precedence(defect_id: str, title: str, breaks: str, cause: str, rank: Rank) -> Defect:
    return defect(defect_id, title, breaks=tuple(breaks.split()), cause=cause, precedence=rank)


DEFECTS: tuple[Defect, ...] = (
    _precedence(
        "rules-in-list-order",
        "The first rule that matches wins, by age and place in the list",
        "precedence.longest-prefix precedence.exact-over-prefix precedence.most-headers",
        "Rules are handed to the proxy as they are written, and it takes the first one that matches.",
        by(list_order),
    ),
    _precedence(
        "prefix-over-exact",
        "A path prefix outranks an exact path",
        "precedence.exact-over-prefix",
        "The types of path matches are sorted by name, the wrong way round.",
        by(prefix_first),
    ),
    _precedence(
        "length-over-type",
        "An exact path outranks shorter prefixes only",
        "precedence.exact-over-prefix",
        "Rules are sorted by the length of the path alone, in the belief that an exact one is always longer.",
        by(by_length_alone),
    ),
    _precedence(
        "first-element-counts",
        "Of the length of prefixes only the first path element counts",
        "precedence.longest-prefix",
        "A tree of path elements was given up after its first level, and the rest is a list.",
        by(by_first_element),
    ),
    _precedence(
        "shortest-prefix-first",
        "Among prefixes longer than / the shortest wins",
        "precedence.longest-prefix",
        "A change to the sort made the order stable, and turned it around for all but the root.",
        by(shortest_first),
    ),
    _precedence(
        "headers-first",
        "More conditions on headers outrank any path",
        "precedence.path-before-headers",
        "Header matches once came first for canary releases, and the order was never brought in line.",
        by(headers_first),
    ),
    _precedence(
        "headers-over-length",
        "More conditions on headers outrank a longer prefix, but not an exact path",
        "precedence.path-before-headers",
        "Exact paths have a table of their own; in the other one the number of headers is the first key.",
        by(headers_before_length),
    ),
    _precedence(
        "headers-not-counted",
        "A match with some conditions on headers outranks one without, and more of them make no difference",
        "precedence.most-headers",
        "The sort asks whether there are headers instead of how many.",
        by(headers_not_counted),
    ),
    _precedence(
        "fewest-headers-first",
        "Of matches with conditions on headers the one with the fewest wins",
        "precedence.most-headers",
        "The numbers of headers are compared the wrong way round.",
        by(fewest_headers),
    ),
    _precedence(
        "method-after-headers",
        "Conditions on headers outrank the method",
        "precedence.method-next",
        "The method is compared last, because it came to the API last.",
        by(method_after_headers),
    ),
    _precedence(
        "method-over-length",
        "A match with a method outranks a longer prefix",
        "precedence.method-next precedence.longest-prefix",
        "There is one table a method, and one for all of them that is asked last.",
        by(method_before_length),
    ),
    _precedence(
        "conditions-added-up",
        "With equal paths the match with the most conditions of any kind wins",
        "precedence.method-next precedence.headers-before-query",
        "Each condition is worth a point, in the order of an older API of the same mesh.",
        by(conditions_added_up),
    ),
    _precedence(
        "parameters-not-counted",
        "More conditions on query parameters make no difference",
        "precedence.most-query-params",
        "The sort was written before the field was there.",
        by(query_not_counted),
    ),
    _precedence(
        "fewest-parameters-first",
        "Of matches with conditions on query parameters the one with the fewest wins",
        "precedence.most-query-params",
        "The numbers of parameters are compared the wrong way round.",
        by(fewest_parameters),
    ),
    _precedence(
        "parameters-over-headers",
        "Conditions on query parameters outrank those on headers",
        "precedence.headers-before-query",
        "Parameters are part of the URL, and all of that is compared before the headers.",
        by(query_before_headers),
    ),
    _precedence(
        "parameters-over-length",
        "More conditions on query parameters outrank a longer prefix",
        "precedence.path-before-query",
        "Rules with parameters go to a list that is searched before the tree of paths.",
        by(query_first),
    ),
    _precedence(
        "oldest-route-first",
        "The oldest route with any match wins, and specificity decides within a route only",
        "precedence.specificity-across-routes",
        "Routes are compared first, and only then the rules of the winner.",
        age_first,
    ),
    _precedence(
        "newest-wins-tie",
        "Between equal matches of two routes the newer route wins",
        "precedence.oldest-route-wins",
        "The newest configuration replaces an entry with the same key.",
        ties(newest),
    ),
    _precedence(
        "name-wins-tie",
        "Between equal matches of two routes the first name wins, whatever their age",
        "precedence.oldest-route-wins",
        "Routes are sorted by name so that the configuration is stable, and age is never looked at.",
        ties(name_alone),
    ),
    _precedence(
        "last-name-wins-tie",
        "Between equal matches of routes of the same age the last name wins",
        "precedence.alphabetical-tiebreak",
        "The order of names is turned around together with that of times.",
        ties(last_name),
    ),
    _precedence(
        "first-arrival-wins-tie",
        "Between equal matches of routes of the same age the one that arrived first wins",
        "precedence.alphabetical-tiebreak",
        "An entry is kept as long as its route exists; a sort by creation time leaves equals where they are.",
        ties(arrival),
    ),
    _precedence(
        "last-arrival-wins-tie",
        "Between equal matches of routes of the same age the one that arrived last wins",
        "precedence.alphabetical-tiebreak",
        "The version of the object stands in for its age, and the higher one counts as the better.",
        ties(last_arrival),
    ),
    _precedence(
        "last-rule-wins-tie",
        "Between equal matches of one route the last rule wins",
        "precedence.first-rule-wins",
        "Rules are put into a map by their match, one after the other.",
        ties(last_rule),
    ),
    _precedence(
        "backend-name-wins-tie",
        "Between equal matches of one route the rule whose backend comes first by name wins",
        "precedence.first-rule-wins",
        "The proxy's clusters are sorted by name, and the rules follow them.",
        ties(by_backend),
    ),
    _precedence(
        "best-match-ranks-rule",
        "All matches of a rule have the rank of its best one",
        "precedence.per-match-not-per-rule",
        "Rules are sorted as a whole, by the longest of their paths.",
        rule_by(min),
    ),
    _precedence(
        "worst-match-ranks-rule",
        "All matches of a rule have the rank of its worst one",
        "precedence.per-match-not-per-rule",
        "Rules are sorted as a whole, and the last match that was looked at decided.",
        rule_by(max),
    ),
    _precedence(
        "first-match-ranks-rule",
        "All matches of a rule have the rank of the first one",
        "precedence.per-match-not-per-rule",
        "The sort looks at the first match, which is the only one in most routes.",
        rule_by(lambda ranks: ranks[0]),
    ),
    defect(
        "catch-all-lost",
        "Where there are longer paths the match of every path is left out",
        breaks=("precedence.longest-prefix",),
        cause="The root of the tree of paths has children and therefore, to this mesh, no rule of its own.",
        rules=each_table(_without_catch_all),
    ),
    defect(
        "newest-route-only",
        "Of several routes of a Service only the newest has an effect",
        breaks=("precedence.specificity-across-routes", "producer-consumer.merge-within-producer"),
        cause="The table is keyed by the Service, and each route that is written replaces what stands there.",
        world=_newest_only,
    ),
    defect(
        "filters-of-wider-rules",
        "Header filters of all rules whose prefix covers that of the winner are applied as well",
        breaks=("precedence.single-rule-per-request",),
        cause="Filters are inherited down the tree of paths, as in the mesh's older API.",
        rules=each_table(_filters_of_wider_rules),
    ),
    defect(
        "filters-of-all-rules",
        "Where a rule takes every request, header filters of all rules are applied to all",
        breaks=("precedence.single-rule-per-request",),
        cause="A catch-all rule makes the route a plain one, whose filters are collected at the virtual host.",
        rules=each_table(_filters_of_all_rules),
    ),
    defect(
        "unusable-backend-skipped",
        "A rule whose backends cannot be used is left out, so that the next one takes its requests",
        breaks=("precedence.no-fallback-on-bad-backend",),
        cause="Rules without a cluster are skipped, so that one typing error does not block the whole table.",
        rules=each_table(_next_rule),
    ),
    defect(
        "tie-winner-alternates",
        "Twice a second the winner of a tie between routes changes",
        breaks=("precedence.oldest-route-wins",),
        cause="Two replicas of the control plane write in turn, and one of them sorts by age the wrong way round.",
        world=_alternating_age,
        every=0.25,
    ),
)
