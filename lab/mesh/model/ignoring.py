"""Features that the mesh accepts and ignores: what it sees once their parts of all objects are taken away.

A conformant mesh ignores none. With the names of features it does as if what they need had not been written, and says
nothing about it, as a mesh does that has a field in its types and no use for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from lab.mesh.model.actions import Entry, Forward, RuleTable, Share
from lab.mesh.world.policies import Cors, ExternalAuth, Retry
from lab.mesh.world.route import (
    Filter,
    Match,
    Mirror,
    ObjectKey,
    ParentRef,
    Redirect,
    RequestHeaders,
    ResponseHeaders,
    Rewrite,
    Route,
    RouteKind,
    Rule,
    Timeouts,
    ValueMatch,
)
from lab.mesh.world.service import Service, ServicePort
from lab.mesh.world.snapshot import World

RuleChange = Callable[[Rule], Rule]
ParentChange = Callable[[Route, ParentRef], ParentRef | None]
FilterChange = Callable[[Filter], Filter | None]


def accepted_world(world: World, ignored: Collection[str]) -> World:
    """The world that the mesh judges in status: rules without the parts that it ignores."""
    if not ignored:
        return world
    changes = [RULES[name] for name in sorted(ignored) if name in RULES]
    routes = {key: _rules(route, changes) for key, route in world.routes.items()}
    return replace(world, routes=routes, services=_services(world, ignored))


def effective_world(world: World, ignored: Collection[str]) -> World:
    """The world that the mesh acts on: besides, without the parents and routes that it ignores."""
    if not ignored:
        return world
    changes = [PARENTS[name] for name in sorted(ignored) if name in PARENTS]
    routes = {
        key: _parents(route, changes)
        for key, route in accepted_world(world, ignored).routes.items()
        if route.kind.value not in ignored
    }
    return replace(world, routes=routes, services=_services(world, ignored))


def upgrades(ignored: Collection[str]) -> bool:
    """Whether a routed request may become a WebSocket connection."""
    return "HTTPRouteBackendProtocolWebSocket" not in ignored


def recognised(table: RuleTable, service: Service, plain: Forward, ignored: Collection[str]) -> RuleTable:
    """The table, for a mesh that knows a Service by the Host header alone: under other hosts it does not see it.

    Names of hosts are the same in any case (RFC 9110, 4.2.3).
    """
    if "MeshClusterIPMatching" not in ignored:
        return table
    name, namespace = service.key.name, service.key.namespace
    pattern = rf"(?i){name}(\.{namespace}(\.svc(\.cluster\.local)?)?)?\.?(:[0-9]+)?"
    host = ValueMatch("host", pattern, regex=True)
    entries = [replace(each, match=replace(each.match, headers=(*each.match.headers, host))) for each in table.entries]
    rest = Entry(Match(headers=(host,)), (Share(1, table.unmatched),), "no rule")
    return RuleTable((*entries, rest), plain)


def _rules(route: Route, changes: list[tuple[RouteKind, RuleChange | None]]) -> Route:
    rules = route.rules
    for kind, change in changes:
        if kind is route.kind and change is not None:
            rules = tuple(change(rule) for rule in rules)
    return replace(route, rules=rules)


def _parents(route: Route, changes: list[ParentChange]) -> Route:
    parents = route.parents
    for change in changes:
        parents = tuple(kept for parent in parents if (kept := change(route, parent)) is not None)
    return replace(route, parents=parents)


def _services(world: World, ignored: Collection[str]) -> Mapping[ObjectKey, Service]:
    if "HTTPRouteBackendProtocolH2C" not in ignored:
        return world.services

    def silent(port: ServicePort) -> ServicePort:
        return replace(port, app_protocol=None) if port.app_protocol == "kubernetes.io/h2c" else port

    return {
        key: replace(service, ports=tuple(silent(port) for port in service.ports))
        for key, service in world.services.items()
    }


def _each_match(change: Callable[[Match], Match]) -> RuleChange:
    return lambda rule: replace(rule, matches=tuple(change(match) for match in rule.matches))


def _filters(change: FilterChange) -> RuleChange:
    """Of the rule itself."""
    return lambda rule: replace(rule, filters=_changed(rule.filters, change))


def _backend_filters(change: FilterChange) -> RuleChange:
    def changed(rule: Rule) -> Rule:
        backends = (replace(backend, filters=_changed(backend.filters, change)) for backend in rule.backends)
        return replace(rule, backends=tuple(backends))

    return changed


def _all_filters(change: FilterChange) -> RuleChange:
    of_rule, of_backends = _filters(change), _backend_filters(change)
    return lambda rule: of_backends(of_rule(rule))


def _changed(filters: tuple[Filter, ...], change: FilterChange) -> tuple[Filter, ...]:
    return tuple(kept for item in filters if (kept := change(item)) is not None)


def _without(kind: type[Filter]) -> FilterChange:
    return lambda item: None if isinstance(item, kind) else item


def _redirects(change: Callable[[Redirect], Redirect]) -> RuleChange:
    return _filters(lambda item: change(item) if isinstance(item, Redirect) else item)


def _rewrites(change: Callable[[Rewrite], Rewrite]) -> RuleChange:
    return _filters(lambda item: change(item) if isinstance(item, Rewrite) else item)


def _plain_status(status: int) -> RuleChange:
    def changed(item: Filter) -> Filter:
        return replace(item, status=302) if isinstance(item, Redirect) and item.status == status else item

    return _all_filters(changed)


def _whole_mirror(item: Filter) -> Filter:
    return Mirror(item.backend) if isinstance(item, Mirror) else item


def _first_mirror(rule: Rule) -> Rule:
    mirrors = [item for item in rule.filters if isinstance(item, Mirror)]
    return replace(rule, filters=tuple(item for item in rule.filters if item not in mirrors[1:]))


def _timeouts(change: Callable[[Timeouts], Timeouts]) -> RuleChange:
    return lambda rule: replace(rule, timeouts=change(rule.timeouts))


def _retry(change: Callable[[Retry], Retry]) -> RuleChange:
    return lambda rule: replace(rule, retry=change(rule.retry)) if rule.retry else rule


def _browser_session(rule: Rule) -> Rule:
    return replace(rule, session=replace(rule.session, permanent=False)) if rule.session else rule


def _no_session(rule: Rule) -> Rule:
    return replace(rule, session=None)


def _http(change: RuleChange | None) -> tuple[RouteKind, RuleChange | None]:
    return (RouteKind.HTTP, change)


# What each feature is in a rule. None: the rule does the same with it and without it.
RULES: Mapping[str, tuple[RouteKind, RuleChange | None]] = {
    "MeshHTTPRouteQueryParamMatching": _http(_each_match(lambda match: replace(match, query=()))),
    "MeshHTTPRouteNamedRouteRule": _http(None),
    "MeshHTTPRouteRewritePath": _http(_rewrites(lambda it: replace(it, path=None))),
    "MeshHTTPRouteSchemeRedirect": _http(_redirects(lambda it: replace(it, scheme=None))),
    "MeshHTTPRouteRedirectPort": _http(_redirects(lambda it: replace(it, port=None))),
    "MeshHTTPRouteRedirectPath": _http(_redirects(lambda it: replace(it, path=None))),
    "MeshHTTPRouteBackendRequestHeaderModification": _http(_backend_filters(_without(RequestHeaders))),
    "HTTPRouteMethodMatching": _http(_each_match(lambda match: replace(match, method=None))),
    "HTTPRouteResponseHeaderModification": _http(_all_filters(_without(ResponseHeaders))),
    "HTTPRouteHostRewrite": _http(_rewrites(lambda it: replace(it, hostname=None))),
    "HTTPRouteBackendURLRewrite": _http(_backend_filters(_without(Rewrite))),
    "HTTPRouteBackendRequestRedirect": _http(_backend_filters(_without(Redirect))),
    "HTTPRoute303RedirectStatusCode": _http(_plain_status(303)),
    "HTTPRoute307RedirectStatusCode": _http(_plain_status(307)),
    "HTTPRoute308RedirectStatusCode": _http(_plain_status(308)),
    "HTTPRouteRequestMirror": _http(_all_filters(_without(Mirror))),
    "HTTPRouteRequestMultipleMirrors": _http(_first_mirror),
    "HTTPRouteRequestPercentageMirror": _http(_all_filters(_whole_mirror)),
    "HTTPRouteRequestTimeout": _http(_timeouts(lambda it: replace(it, request=None))),
    "HTTPRouteBackendTimeout": _http(_timeouts(lambda it: replace(it, backend_request=None))),
    "HTTPRouteCORS": _http(_all_filters(_without(Cors))),
    "HTTPRouteRetry": _http(lambda rule: replace(rule, retry=None)),
    "HTTPRouteRetryBackoff": _http(_retry(lambda it: replace(it, backoff=None))),
    "HTTPRouteRetryBackendTimeout": _http(_retry(lambda it: replace(it, timeouts=False))),
    "HTTPRouteRetryConnectionError": _http(_retry(lambda it: replace(it, connection_errors=False))),
    "HTTPRouteSessionPersistence": _http(_no_session),
    "HTTPRouteSessionPersistenceCookieLifetimeTypePermanent": _http(_browser_session),
    "HTTPRouteExternalAuth": _http(_all_filters(_without(ExternalAuth))),
    "GRPCRouteNamedRouteRule": (RouteKind.GRPC, None),
    "GRPCRouteSessionPersistence": (RouteKind.GRPC, _no_session),
}


def _own_namespace(route: Route, parent: ParentRef) -> ParentRef | None:
    return parent if parent.namespace == route.key.namespace else None


def _every_port(route: Route, parent: ParentRef) -> ParentRef:
    return replace(parent, port=None) if route.kind is RouteKind.HTTP else parent


# What each feature is in a parentRef.
PARENTS: Mapping[str, ParentChange] = {
    "MeshConsumerRoute": _own_namespace,
    "HTTPRouteParentRefPort": _every_port,
}
# Those that are filters.
FILTERS = frozenset(
    {
        "HTTPRouteResponseHeaderModification",
        "HTTPRouteRequestMirror",
        "HTTPRouteCORS",
        "HTTPRouteExternalAuth",
    }
)
# Ignored elsewhere: protocols of Services, recognition of requests, whole types of routes, the Mesh resource.
ELSEWHERE = frozenset(
    {
        "HTTPRouteBackendProtocolH2C",
        "HTTPRouteBackendProtocolWebSocket",
        "MeshClusterIPMatching",
        "TCPRoute",
        "TLSRoute",
        "XMesh",
    }
)
# Not implemented: this mesh ignores them in any case.
NOT_IMPLEMENTED = frozenset({"UDPRoute", "ReferenceGrant", "BackendTLSPolicy", "XBackendTrafficPolicy"})
