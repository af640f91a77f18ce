"""From the JSON of a route to `Route`. Never fails on an object that admission let through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from lab.mesh.world.parse_policies import parse_auth, parse_cors, parse_retry, parse_session
from lab.mesh.world.policies import ExternalAuth
from lab.mesh.world.route import (
    GATEWAY_GROUP,
    BackendRef,
    CallMatch,
    Filter,
    HeaderModifier,
    Match,
    Mirror,
    ObjectKey,
    ParentRef,
    PathChange,
    PathKind,
    PathMatch,
    Redirect,
    RequestHeaders,
    ResponseHeaders,
    Rewrite,
    Route,
    RouteKind,
    Rule,
    Timeouts,
    UnknownFilter,
    ValueMatch,
)

Json = Mapping[str, Any]
_COMPARISONS = frozenset({"Exact", "RegularExpression"})


def parse_route(obj: Json) -> Route:
    """The route that `obj`, an HTTPRoute as the API serves it, describes."""
    rules = (obj.get("spec") or {}).get("rules")
    # backends.rules-omitted-gives-500: no rules at all means one catch-all rule without backends.
    return _route(obj, RouteKind.HTTP, rules if rules is not None else [{}], _match)


def parse_grpc_route(obj: Json) -> Route:
    """The route that `obj`, a GRPCRoute, describes. No rules at all mean that no call is matched."""
    return _route(obj, RouteKind.GRPC, (obj.get("spec") or {}).get("rules") or (), _call)


def parse_tls_route(obj: Json) -> Route:
    """The route that `obj`, a TLSRoute, describes."""
    return _route(obj, RouteKind.TLS, (obj.get("spec") or {}).get("rules") or (), _match)


def parse_tcp_route(obj: Json) -> Route:
    """The route that `obj`, a TCPRoute, describes."""
    return _route(obj, RouteKind.TCP, (obj.get("spec") or {}).get("rules") or (), _match)


def _route(obj: Json, kind: RouteKind, rules: Sequence[Json], match: Callable[[Json], Match]) -> Route:
    meta, spec = obj["metadata"], obj.get("spec") or {}
    namespace = meta["namespace"]
    parsed = tuple(_rule(rule, namespace, match) for rule in rules)
    hostnames = tuple(spec.get("hostnames") or ())
    return Route(
        key=ObjectKey(namespace, meta["name"]),
        uid=meta.get("uid", ""),
        version=meta.get("resourceVersion", ""),
        generation=meta.get("generation", 0),
        created=meta.get("creationTimestamp", ""),
        parents=tuple(parse_parent(ref, namespace) for ref in spec.get("parentRefs") or ()),
        rules=parsed,
        references=tuple(sorted({ObjectKey(ref.namespace, ref.name) for rule in parsed for ref in references(rule)})),
        kind=kind,
        hostnames=hostnames if kind is RouteKind.TLS else (),
        sites=() if kind is RouteKind.TLS else hostnames,
        default_gateways=spec.get("useDefaultGateways") or "",
    )


def references(rule: Rule) -> Iterator[BackendRef]:
    """Every reference to a backend in the rule: its backendRefs and those in its filters."""
    yield from rule.backends
    for filters in (rule.filters, *(backend.filters for backend in rule.backends)):
        for item in filters:
            if isinstance(item, Mirror | ExternalAuth):
                yield item.backend


def parse_parent(ref: Json, route_namespace: str) -> ParentRef:
    """One parentRef. A group left out is not the core group (attachment.parentref-group-default-not-core)."""
    return ParentRef(
        group=ref.get("group", GATEWAY_GROUP),
        kind=ref.get("kind", "Gateway"),
        # producer-consumer.explicit-own-namespace-is-producer
        namespace=ref.get("namespace") or route_namespace,
        name=ref["name"],
        section_name=ref.get("sectionName") or None,
        port=ref.get("port"),
        raw=tuple(ref.items()),
    )


def _rule(rule: Json, namespace: str, match: Callable[[Json], Match]) -> Rule:
    timeouts = rule.get("timeouts") or {}
    return Rule(
        # matching.no-matches-matches-all, grpc.no-matches-matches-all
        matches=tuple(match(item) for item in rule.get("matches") or [{}]),
        filters=_filters(rule.get("filters"), namespace),
        backends=tuple(_backend(ref, namespace) for ref in rule.get("backendRefs") or ()),
        timeouts=Timeouts(timeouts.get("request"), timeouts.get("backendRequest")),
        retry=parse_retry(rule.get("retry")),
        session=parse_session(rule.get("sessionPersistence")),
        name=rule.get("name") or "",  # matching.named-rule-no-effect
    )


def _match(match: Json) -> Match:
    path = match.get("path") or {}
    kind = path.get("type", "PathPrefix")
    known = kind in {each.value for each in PathKind}
    headers, repeated = _first_of_each(_values(match.get("headers")))
    return Match(
        path=PathMatch(PathKind(kind), path.get("value", "/")) if known else PathMatch(),
        method=match.get("method"),
        headers=headers,
        repeated=repeated,
        query=_values(match.get("queryParams")),
        unknown=(*(() if known else (kind,)), *_unknown(match.get("headers")), *_unknown(match.get("queryParams"))),
    )


def _call(match: Json) -> Match:
    """A match of a GRPCRoute. The type counts for service and method alike; either may be left out, not both."""
    method = match.get("method") or {}
    headers, repeated = _first_of_each(_values(match.get("headers")))
    return Match(
        headers=headers,
        repeated=repeated,
        call=CallMatch(
            method.get("service") or "", method.get("method") or "", method.get("type", "Exact") == "RegularExpression"
        ),
        unknown=(*_unknown([method]), *_unknown(match.get("headers"))),
    )


def _unknown(items: Sequence[Json] | None) -> tuple[str, ...]:
    """Types of comparison that this mesh has never heard of (status.unsupported-value)."""
    types = (item.get("type", "Exact") for item in items or ())
    return tuple(kind for kind in types if kind not in _COMPARISONS)


def _values(items: Sequence[Json] | None) -> tuple[ValueMatch, ...]:
    return tuple(
        ValueMatch(item["name"], item["value"], item.get("type", "Exact") == "RegularExpression")
        for item in items or ()
    )


def _first_of_each(headers: tuple[ValueMatch, ...]) -> tuple[tuple[ValueMatch, ...], tuple[ValueMatch, ...]]:
    """Those that count, and the rest: of names that differ by case only the first (header-duplicate-names-first)."""
    kept: dict[str, ValueMatch] = {}
    for header in headers:
        kept.setdefault(header.name.lower(), header)
    return tuple(kept.values()), tuple(header for header in headers if kept[header.name.lower()] is not header)


def _filters(items: Sequence[Json] | None, namespace: str) -> tuple[Filter, ...]:
    return tuple(_filter(item, namespace) for item in items or ())


def _filter(item: Json, namespace: str) -> Filter:
    kind = str(item.get("type"))
    if kind not in _FILTERS:
        return UnknownFilter(kind)
    field, parse = _FILTERS[kind]
    return parse(item.get(field) or {}, namespace)


def _edits(item: Json) -> HeaderModifier:
    return HeaderModifier(
        set=tuple((entry["name"], entry["value"]) for entry in item.get("set") or ()),
        add=tuple((entry["name"], entry["value"]) for entry in item.get("add") or ()),
        remove=tuple(item.get("remove") or ()),
    )


def _redirect(item: Json) -> Redirect:
    return Redirect(
        scheme=item.get("scheme"),
        hostname=item.get("hostname"),
        path=_path_change(item.get("path")),
        port=item.get("port"),
        status=item.get("statusCode", 302),  # filters.redirect-status-default-302
    )


def _path_change(item: Json | None) -> PathChange | None:
    if not item:
        return None
    if item.get("type") == "ReplaceFullPath":
        return PathChange(whole=True, value=item.get("replaceFullPath", ""))
    return PathChange(whole=False, value=item.get("replacePrefixMatch", ""))


def _mirror(item: Json, namespace: str) -> Mirror:
    backend = _backend(item.get("backendRef") or {}, namespace)
    if "percent" in item:  # 0 is a value, not "unset" (filters.mirror-zero-percent)
        return Mirror(backend, item["percent"], 100)
    if fraction := item.get("fraction"):
        return Mirror(backend, fraction["numerator"], fraction.get("denominator", 100))
    return Mirror(backend)


def _backend(ref: Json, namespace: str) -> BackendRef:
    return BackendRef(
        namespace=ref.get("namespace") or namespace,
        name=ref.get("name", ""),
        group=ref.get("group", ""),
        kind=ref.get("kind", "Service"),
        port=ref.get("port"),
        weight=ref.get("weight", 1),  # weights.default-one
        filters=_filters(ref.get("filters"), namespace),
    )


# The field that belongs to a type of filter, and what its value means.
_FILTERS: Mapping[str, tuple[str, Callable[[Json, str], Filter]]] = {
    "RequestHeaderModifier": ("requestHeaderModifier", lambda item, _: RequestHeaders(_edits(item))),
    "ResponseHeaderModifier": ("responseHeaderModifier", lambda item, _: ResponseHeaders(_edits(item))),
    "RequestRedirect": ("requestRedirect", lambda item, _: _redirect(item)),
    "URLRewrite": ("urlRewrite", lambda item, _: Rewrite(item.get("hostname"), _path_change(item.get("path")))),
    "RequestMirror": ("requestMirror", _mirror),
    "CORS": ("cors", lambda item, _: parse_cors(item)),
    "ExternalAuth": ("externalAuth", lambda item, ns: parse_auth(item, _backend(item.get("backendRef") or {}, ns))),
}
