"""Defects in what the area backends is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lab.admission import Object
from lab.defects import references
from lab.defects.admission import demanding, lacking
from lab.defects.model import Defect, defect
from lab.defects.tables import each_division, each_entry, each_route, each_table, http
from lab.mesh.model.actions import Action, Entry, Forward, Respond, RuleTable, Share
from lab.mesh.model.attachment import Refusal
from lab.mesh.model.decisions import answer_with_error
from lab.mesh.model.frontend import DRAINED
from lab.mesh.model.history import History
from lab.mesh.world.route import Match, PathKind, PathMatch, Route, RouteKind, Rule
from lab.mesh.world.snapshot import World

Unusable = Callable[[RouteKind, Refusal | None, Forward], Action]
_NO_RULES = (Rule(),)  # what a route without rules is read as


def _instead(applies: Callable[[Refusal | None], bool], answer: Callable[[Forward], Action]) -> Unusable:
    """For HTTPRoutes another answer than 500, where a backend cannot be used for this reason."""

    def unusable(kind: RouteKind, refusal: Refusal | None, plain: Forward) -> Action:
        if kind is RouteKind.HTTP and applies(refusal):
            return answer(plain)
        return answer_with_error(kind, refusal, plain)

    return unusable


def drained(answer: Callable[[Forward], Action]) -> Unusable:
    """For HTTPRoutes another answer than 500, where all weights of a rule are 0."""
    return _instead(lambda refusal: refusal is DRAINED, answer)


def _missing(refusal: Refusal | None) -> bool:
    return refusal is not None and refusal.message.endswith("does not exist")


def _unknown_port(refusal: Refusal | None) -> bool:
    return refusal is not None and " has no port " in refusal.message


def _unknown_kind(refusal: Refusal | None) -> bool:
    return refusal is not None and refusal.reason == "InvalidKind"


def _none_named(refusal: Refusal | None) -> bool:
    return refusal is None


def _itself(plain: Forward) -> Action:
    return plain


def _five_hundred_and_more(plain: Forward) -> Action:
    """500, and the Service's own endpoints get the request all the same."""
    return Respond(500, besides=plain.cluster)


def _bad_reference(world: World, rule: Rule) -> bool:
    return any(ref.name and isinstance(references.resolve(world, ref), Refusal) for ref in rule.backends)


def _bad_route_discarded(world: World, history: History) -> World:  # noqa: ARG001 - part of the decision's signature
    """Routes with any backend that cannot be used are not there."""
    kept = {
        key: route
        for key, route in world.routes.items()
        if route.kind is not RouteKind.HTTP or not any(_bad_reference(world, rule) for rule in route.rules)
    }
    return replace(world, routes=kept)


def _bad_rule_fails_all(table: RuleTable, plain: Forward) -> RuleTable:  # noqa: ARG001 - part of the signature
    """One rule that can only fail makes all rules of its route fail."""
    bad = {_route_of(entry) for entry in table.entries if all(each.action == Respond(500) for each in entry.shares)}
    entries = (
        replace(entry, shares=(Share(1, Respond(500)),)) if http(entry) and _route_of(entry) in bad else entry
        for entry in table.entries
    )
    return replace(table, entries=tuple(entries))


def _route_of(entry: Entry) -> str:
    return entry.origin.partition(" ")[0]


def _without_rules_no_route(route: Route) -> Route | None:
    return None if route.rules == _NO_RULES else route


def _without_rules_root_only(route: Route) -> Route:
    root = Match(path=PathMatch(PathKind.EXACT, "/"))
    return replace(route, rules=(Rule(matches=(root,)),)) if route.rules == _NO_RULES else route


def _without_rules_alone(world: World, history: History) -> World:  # noqa: ARG001 - part of the decision's signature
    """A parentRef of a route without rules counts only where no other route has the same."""
    named = [ref.identity for route in world.routes.values() for ref in route.parents]

    def lonely(route: Route) -> Route:
        if route.rules != _NO_RULES:
            return route
        return replace(route, parents=tuple(ref for ref in route.parents if named.count(ref.identity) == 1))

    return replace(world, routes={key: lonely(route) for key, route in world.routes.items()})


def _others_take_over(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    """Backends that cannot be used have no share; what is left is divided between the others."""
    return tuple(share for share in shares if share.action != Respond(500)) or shares


def _all_or_nothing(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    failing = tuple(share for share in shares if share.action == Respond(500))
    return failing if failing and len(shares) > 1 else shares


def _redirects_need_backends(entry: Entry, plain: Forward) -> tuple[Entry, ...]:  # noqa: ARG001 - the signature
    """A rule that redirects counts as one without backends."""
    redirecting = any(not isinstance(share.action, Forward | Respond) for share in entry.shares)
    return (replace(entry, shares=(Share(1, Respond(500)),)) if redirecting else entry,)


def _leads_back(obj: Object) -> str:
    """Where a rule for all requests leads to the only parent itself; the path of the field."""
    named = [ref["name"] for ref in obj["spec"].get("parentRefs") or ()]
    for number, rule in enumerate(obj["spec"].get("rules") or ()):
        everything = all((match.get("path") or {}).get("value", "/") == "/" for match in rule.get("matches") or ())
        if everything and [ref["name"] for ref in rule.get("backendRefs") or ()] == named and "filters" not in rule:
            return f"spec.rules[{number}].backendRefs"
    return ""


DEFECTS: tuple[Defect, ...] = (
    *references.DEFECTS,
    defect(
        "missing-backend-503",
        "A backend that does not exist is answered with 503",
        breaks=("backends.nonexistent-service-500",),
        cause="A cluster without endpoints is made for it, and the proxy has none that is healthy.",
        unusable=_instead(_missing, lambda _: Respond(503)),
    ),
    defect(
        "missing-backend-is-service-itself",
        "The Service's own endpoints step in for a backend that does not exist",
        breaks=("backends.nonexistent-service-500", "precedence.no-fallback-on-bad-backend"),
        cause="The mesh keeps the Service's default destination until it knows a better one.",
        unusable=_instead(_missing, _itself),
    ),
    defect(
        "missing-backend-also-reaches-service",
        "In place of a backend that does not exist the Service gets the request, and the client gets 500",
        breaks=("precedence.no-fallback-on-bad-backend", "backends.nonexistent-service-500"),
        cause="The error is made of the answer on its way back, by a filter that comes after the balancer.",
        unusable=_instead(_missing, _five_hundred_and_more),
    ),
    defect(
        "unknown-kind-404",
        "A backend of an unknown kind is answered with 404",
        breaks=("backends.unknown-kind-500",),
        cause="Rules with a reference that cannot be parsed are dropped, and nothing matches their requests any more.",
        unusable=_instead(_unknown_kind, lambda _: Respond(404)),
    ),
    defect(
        "unknown-port-503",
        "A port that the backend does not have is answered with 503",
        breaks=("backends.port-not-in-service",),
        cause="The cluster exists for the Service and the number, and no endpoint is ever added to it.",
        unusable=_instead(_unknown_port, lambda _: Respond(503)),
    ),
    defect(
        "no-backend-is-service-itself",
        "A rule without backends leads to the Service itself",
        breaks=("backends.omitted-gives-500",),
        cause="The parent is taken for the default backend, as it is where there is no route.",
        unusable=_instead(_none_named, _itself),
    ),
    defect(
        "no-backend-404",
        "A rule without backends answers 404",
        breaks=("backends.omitted-gives-500", "backends.rules-omitted-gives-500"),
        cause="A rule without backends has no cluster, and what has no cluster is not written out.",
        unusable=_instead(_none_named, lambda _: Respond(404)),
    ),
    defect(
        "no-backend-also-reaches-service",
        "Requests of a rule without backends are answered with 500 and reach the Service all the same",
        breaks=("backends.omitted-gives-500",),
        cause="The proxy shadows what it rejects to the original destination, a leftover of a migration mode.",
        unusable=_instead(_none_named, _five_hundred_and_more),
    ),
    defect(
        "bad-backend-discards-route",
        "A route with any backend that cannot be used is discarded as a whole",
        breaks=("attachment.route-replaces-default", "backends.nonexistent-service-500"),
        cause="Resolving a reference returns an error, and the error ends the translation of the object.",
        world=_bad_route_discarded,
    ),
    defect(
        "bad-rule-fails-route",
        "One rule that has no usable backend makes all rules of its route answer 500",
        breaks=("attachment.route-replaces-default",),
        cause="An unresolved reference marks the route, not the rule, as broken.",
        rules=each_table(_bad_rule_fails_all),
    ),
    defect(
        "no-rules-no-route",
        "A route without rules is taken for no route",
        breaks=("backends.rules-omitted-gives-500",),
        cause="Objects with nothing to do are skipped at the beginning of the translation.",
        world=each_route(_without_rules_no_route),
    ),
    defect(
        "no-rules-root-only",
        "A route without rules applies to the path / only",
        breaks=("backends.rules-omitted-gives-500",),
        cause="The rule that is filled in has an exact path.",
        world=each_route(_without_rules_root_only),
    ),
    defect(
        "no-rules-only-if-alone",
        "A route without rules has no effect beside other routes of its Service",
        breaks=("backends.rules-omitted-gives-500",),
        cause="Merging goes over the rules that are written, and the default is filled in only when none was found.",
        world=_without_rules_alone,
    ),
    defect(
        "renormalised-without-unusable",
        "The share of a backend that cannot be used goes to the others",
        breaks=("backends.partial-invalid-proportional-500",),
        cause="Unresolved references are dropped before the weights are added up.",
        rules=each_division(_others_take_over),
    ),
    defect(
        "one-unusable-fails-all",
        "One backend that cannot be used makes its whole rule answer 500",
        breaks=("backends.partial-invalid-proportional-500",),
        cause="The list of clusters is written only if all of them are known.",
        rules=each_division(_all_or_nothing),
    ),
    defect(
        "redirect-needs-backend",
        "A rule that redirects answers 500",
        breaks=("backends.redirect-rule-needs-none",),
        cause="Whether a rule has backends is asked before its filters are looked at.",
        rules=each_entry(_redirects_need_backends),
    ),
    defect(
        "backend-port-not-demanded",
        "The API takes a backendRef to a Service that names no port",
        breaks=("backends.port-required",),
        cause="The definitions were trimmed of all expressions, which an old API server could not read.",
        admission=lacking("HTTPRoute", "backend-service-needs-port"),
    ),
    defect(
        "leading-back-refused",
        "The API refuses a rule that leads all requests of a Service to the Service itself",
        breaks=("backends.port-required",),
        cause="An admission webhook of the mesh takes it for a loop.",
        admission=demanding("HTTPRoute", "a route must not lead back to its parent", _leads_back),
    ),
)
