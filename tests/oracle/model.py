"""What a mesh does with one request, written from spec/requirements.yaml alone; ids of statements in brackets.

The model reads like a specification and knows nothing of any implementation. ``answers`` says which outcomes a request
may have, each with its share; where no statement decides, an outcome is ``UNSPECIFIED`` and fits everything. Timeouts,
retries, sessions, CORS, regular expressions and route status are left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.oracle import filters
from tests.oracle.terms import (
    ANY_ERROR,
    UNSPECIFIED,
    Answers,
    Backend,
    Failed,
    Forwarded,
    Outcome,
    Request,
    Service,
    World,
)

Obj = Mapping[str, Any]
KINDS = ("GRPCRoute", "HTTPRoute")
"""Types of routes, those that win first. [grpc.type-specificity]"""


@dataclass(frozen=True)
class Reading:
    """How to read what the statements leave open."""

    slash_counts: bool = True
    """The slash at the end of a prefix counts as a character. [precedence.longest-prefix]"""
    duplicates_count: bool = False
    """A header that does not count when it is matched counts for precedence. [matching.header-duplicate-names-first]"""


READINGS = tuple(Reading(slash, duplicates) for slash in (True, False) for duplicates in (False, True))


@dataclass(frozen=True)
class Candidate:
    """A rule with one of its matches, which the request satisfies."""

    route: Obj
    index: int
    rule: Obj
    match: Obj


def answers(world: World, request: Request, reading: Reading = READINGS[0]) -> Answers:
    """The outcomes that the request may have, with the share of each."""
    service = world.service(request.namespace, request.service)
    assert service is not None
    routes = governing(world, service, request)
    if not routes:  # [attachment.no-route-default, attachment.port-other-ports-default]
        return {_untouched(service, request): Fraction(1)}
    kind = next(kind for kind in KINDS if any(route["kind"] == kind for route in routes))
    if kind == "GRPCRoute" and not request.grpc:
        return {UNSPECIFIED: Fraction(1)}  # what becomes of other requests is only said of calls
    candidates = list(satisfied([route for route in routes if route["kind"] == kind], request))
    if not candidates:  # [attachment.unmatched-rejected, grpc.unmatched-unimplemented]
        return {Failed.of("UNIMPLEMENTED" if kind == "GRPCRoute" else 404): Fraction(1)}
    return handled(world, min(candidates, key=lambda one: _rank(one, reading)), service, request)


# --- attachment and groups -------------------------------------------------------------------------------------------


def governing(world: World, service: Service, request: Request) -> list[Obj]:
    """The routes that govern requests from there to that port: the consumer's own, or else the producer's.

    A consumer route is one of another namespace than the Service's, for the clients of its own namespace only.
    [producer-consumer.consumer-own-namespace, .consumer-not-third-namespace, .consumer-overrides-producer]
    Groups are never merged [.no-merge-across-groups], and each port is a matter of its own [attachment.port-specific].
    """
    attached = [route for route in world.routes if _attached(route, service, request.port)]
    consumer = [route for route in attached if _namespace(route) == request.client != service.namespace]
    return consumer or [route for route in attached if _namespace(route) == service.namespace]


def _attached(route: Obj, service: Service, port: int) -> bool:
    return any(_selects(parent, route, service, port) for parent in route["spec"].get("parentRefs", ()))


def _selects(parent: Obj, route: Obj, service: Service, port: int) -> bool:
    identity = (parent.get("group", "gateway.networking.k8s.io"), parent.get("kind", "Gateway"))
    if identity != ("", "Service"):  # [attachment.parentref-core-group-empty, .parentref-group-default-not-core]
        return False
    if (parent.get("namespace", _namespace(route)), parent["name"]) != (service.namespace, service.name):
        return False
    if parent.get("port", port) != port:
        return False
    # [attachment.sectionname-service-port-name, .port-and-sectionname-conjunction]
    return "sectionName" not in parent or (parent["sectionName"], port) in service.ports


# --- matching --------------------------------------------------------------------------------------------------------


def satisfied(routes: Sequence[Obj], request: Request) -> Iterator[Candidate]:
    """Each match that the request satisfies: matches of a rule are alternatives. [matching.matches-or]"""
    for route in routes:
        # A route without rules has one that matches everything. [backends.rules-omitted-gives-500]
        for index, rule in enumerate(route["spec"].get("rules", [{}])):
            for match in rule.get("matches") or [{}]:  # [matching.no-matches-matches-all]
                holds = _call_matches if route["kind"] == "GRPCRoute" else _request_matches
                if holds(match, request):
                    yield Candidate(route, index, rule, match)


def _request_matches(match: Obj, request: Request) -> bool:
    """[matching.match-types-and]"""
    query = filters.first_values(pair.partition("=")[::2] for pair in request.query.split("&"))
    return (
        _path_matches(match, request.path)
        and match.get("method", request.method) == request.method
        and _headers_match(match, request)
        # [matching.query-and, .query-exact, .query-name-case-sensitive, .query-repeated-first-value]
        and all(query.get(one["name"]) == one["value"] for one in match.get("queryParams", ()))
    )


def _path_matches(match: Obj, path: str) -> bool:
    kind, value = path_of(match)
    if kind == "Exact":  # [matching.path-exact]
        return bool(path == value)
    # [matching.path-prefix-segments, .path-prefix-trailing-slash, .path-case-sensitive-prefix]
    prefix = value.rstrip("/")
    return path == prefix or path.startswith(prefix + "/")


def path_of(match: Obj) -> tuple[str, str]:
    """Type and value of the match's path. [matching.path-default-prefix-root]"""
    path = match.get("path", {})
    return path.get("type", "PathPrefix"), path.get("value", "/")


def _headers_match(match: Obj, request: Request) -> bool:
    """[matching.headers-and, .header-exact, .header-name-case-insensitive, .header-value-exact-case]"""
    carried = filters.first_values((name.lower(), value) for name, value in request.headers)
    carried["host"] = request.host  # [matching.host-header-match]
    return all(carried.get(name) == value for name, value in _wanted(match).items())


def _wanted(match: Obj) -> dict[str, str]:
    """The header conditions that count. [matching.header-duplicate-names-first]"""
    return filters.first_values((one["name"].lower(), one["value"]) for one in match.get("headers", ()))


def _call_matches(match: Obj, request: Request) -> bool:
    """[grpc.match-service-method, .match-service-only, .match-headers]"""
    _, service, method = request.path.split("/")
    wanted = match.get("method", {})
    return (
        wanted.get("service", service) == service
        and wanted.get("method", method) == method
        and _headers_match(match, request)
    )


# --- precedence ------------------------------------------------------------------------------------------------------


def _rank(one: Candidate, reading: Reading) -> tuple[Any, ...]:
    """The least wins: specificity of the match first, whatever route it is of [precedence.specificity-across-routes,
    .per-match-not-per-rule]; then the older route [.oldest-route-wins], then the one first in the alphabet
    [.alphabetical-tiebreak], then the rule listed first [.first-rule-wins].
    """
    specificity = _call_specificity if one.route["kind"] == "GRPCRoute" else _request_specificity
    meta = one.route["metadata"]
    age = (meta["creationTimestamp"], f"{meta['namespace']}/{meta['name']}", one.index)
    return (*(-each for each in specificity(one.match, reading)), *age)


def _request_specificity(match: Obj, reading: Reading) -> tuple[int, ...]:
    kind, value = path_of(match)
    return (
        kind == "Exact",  # [precedence.exact-over-prefix]
        len(value if reading.slash_counts else value.rstrip("/")),  # [precedence.longest-prefix]
        "method" in match,  # [precedence.method-next]
        _header_count(match, reading),  # [precedence.most-headers]
        len(match.get("queryParams", ())),  # [precedence.most-query-params]
    )


def _call_specificity(match: Obj, reading: Reading) -> tuple[int, ...]:
    """[grpc.precedence-service-method-headers]"""
    method = match.get("method", {})
    return len(method.get("service", "")), len(method.get("method", "")), _header_count(match, reading)


def _header_count(match: Obj, reading: Reading) -> int:
    return len(match.get("headers", ()) if reading.duplicates_count else _wanted(match))


# --- the rule's filters and backends ---------------------------------------------------------------------------------


def handled(world: World, won: Candidate, service: Service, request: Request) -> Answers:
    """What the rule does with the request. No other rule is asked. [precedence.no-fallback-on-bad-backend]"""
    chosen = won.rule.get("filters", ())
    if filters.of_type(chosen, "ExtensionRef"):  # [filters.extensionref-unresolved-fails-closed]
        return {ANY_ERROR: Fraction(1)}
    redirect = filters.of_type(chosen, "RequestRedirect")
    if redirect:  # [backends.redirect-rule-needs-none, filters.redirect-contacts-no-backend]
        return {filters.redirected(redirect[0], path_of(won.match)[1], request): Fraction(1)}
    backends = won.rule.get("backendRefs") or ()
    if not backends:  # [backends.omitted-gives-500]
        return {(ANY_ERROR if request.grpc and won.route["kind"] == "GRPCRoute" else Failed.of(500)): Fraction(1)}
    total = sum(_weight(ref) for ref in backends)
    if total == 0:  # [weights.all-zero]
        return {ANY_ERROR: Fraction(1)}
    shares: Answers = {}
    for ref in backends:
        if _weight(ref):  # [weights.zero-gets-nothing, weights.zero-weight-invalid-backend]
            outcome = _at_backend(world, won, ref, request)
            # [weights.proportional, backends.partial-invalid-proportional-500, grpc.partial-invalid-proportional]
            shares[outcome] = shares.get(outcome, Fraction(0)) + Fraction(_weight(ref), total)
    return shares


def _weight(ref: Obj) -> int:
    return int(ref.get("weight", 1))  # [weights.default-one]


def _at_backend(world: World, won: Candidate, ref: Obj, request: Request) -> Outcome:
    """The outcome of a request for which that backend was chosen."""
    target, calls = _resolve(world, won.route, ref), won.route["kind"] == "GRPCRoute"
    own = ref.get("filters", ())  # they run only here [filters.backend-level-exclusive]
    redirect, unknown = filters.of_type(own, "RequestRedirect"), filters.of_type(own, "ExtensionRef")
    if target is None or not _ready(world, target):
        return UNSPECIFIED if redirect or unknown else _failed(target, calls)
    if unknown:
        return ANY_ERROR
    if redirect:  # [filters.backend-level-redirect]
        return filters.redirected(redirect[0], path_of(won.match)[1], request)
    sent = _untouched_at(target, request)
    copies: list[tuple[Backend, Fraction]] = []
    for chosen in (won.rule.get("filters", ()), own):
        sent = filters.applied(chosen, sent, path_of(won.match)[1])
        copies += _copies(world, won.route, chosen)
    return sent if sent is UNSPECIFIED else filters.with_copies(sent, copies)


def _failed(target: Backend | None, calls: bool) -> Failed:
    if target is None:  # [backends.nonexistent-service-500, .unknown-kind-500, grpc.invalid-backend-unavailable]
        return Failed.of("UNAVAILABLE" if calls else 500)
    # [backends.no-endpoints-503], or 500 otherwise, which a gRPC client takes for UNKNOWN
    return Failed.of("UNAVAILABLE", "UNKNOWN") if calls else Failed.of(503, 500)


def _resolve(world: World, route: Obj, ref: Obj) -> Backend | None:
    """The Service port that the reference means; None if it is unusable. No grant is needed for other namespaces
    [producer-consumer.consumer-backend-any-namespace, .producer-backend-cross-namespace].
    """
    if (ref.get("group", ""), ref.get("kind", "Service")) != ("", "Service"):
        return None
    service = world.service(ref.get("namespace", _namespace(route)), ref["name"])
    if service is None or service.kind == "ExternalName":  # [backends.externalname-unsupported]
        return None
    if all(number != ref["port"] for _, number in service.ports):  # [backends.port-not-in-service]
        return None
    return service.namespace, service.name, ref["port"]  # [backends.port-is-service-port]


def _copies(world: World, route: Obj, chosen: Iterable[Obj]) -> Iterator[tuple[Backend, Fraction]]:
    """Where copies arrive, and of which share. [filters.mirror-multiple, .mirror-invalid-backend]"""
    for one in filters.of_type(chosen, "RequestMirror"):
        target, share = _resolve(world, route, one["backendRef"]), filters.mirror_share(one)
        if target is not None and share and _ready(world, target):
            yield target, share


def _ready(world: World, backend: Backend) -> bool:
    service = world.service(*backend[:2])
    return service is not None and service.ready


def _untouched(service: Service, request: Request) -> Outcome:
    if not service.ready:
        return UNSPECIFIED
    return _untouched_at((service.namespace, service.name, request.port), request)


def _untouched_at(backend: Backend, request: Request) -> Forwarded:
    """[filters.host-header-preserved]"""
    headers = filters.grouped(request.headers)
    return Forwarded(backend, request.host, request.path, request.query, headers, filters.grouped(request.answer))


def _namespace(route: Obj) -> str:
    return str(route["metadata"]["namespace"])
