"""Route configurations: one for each frontend, with a virtual host for each kind of caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lab.mesh.envoy.actions import route_action
from lab.mesh.envoy.auth import asking
from lab.mesh.envoy.cors import cors_routes
from lab.mesh.envoy.listeners import PROTO_HEADER, SOURCE_HEADER
from lab.mesh.envoy.matches import EVERYTHING, route_match
from lab.mesh.envoy.sessions import issuing, keeping, showing
from lab.mesh.envoy.types import Resource
from lab.mesh.model.actions import Action, Entry, FrontendRules, Redirect, RuleTable, Share
from lab.mesh.model.filters import WELL_KNOWN_PORT

_PROTO = "x-forwarded-proto"
_MILLION = 1_000_000
_HOST_WITHOUT_PORT: Resource = {
    "name": ":authority",
    "string_match": {"safe_regex": {"regex": r"[^:]*|\[.*\]"}},
}


def route_configuration(
    name: str,
    rules: FrontendRules,
    addresses: Mapping[str, Sequence[str]],
    outsiders: Sequence[str],
    apart: Sequence[tuple[FrontendRules, frozenset[str]]] = (),
) -> Resource:
    """The route configuration `name`.

    The caller's address chooses the virtual host for every single request, so that connections opened before a change
    follow it (lifecycle.existing-connections-follow): `addresses` by consumer namespace
    (producer-consumer.all-workloads-of-namespace), then `outsiders`, who are not in the mesh and get the plain Service,
    and everybody else. Those whose addresses stand in `apart` are treated by rules of their own instead.
    """
    hosts: list[Resource] = []
    taken: frozenset[str] = frozenset()
    for number, (own, members) in enumerate(apart):
        here = members - taken
        hosts += _virtual_hosts(own, _only(addresses, here), outsiders, here, f"apart {number} ")
        taken |= members
    left = {namespace: [each for each in there if each not in taken] for namespace, there in addresses.items()}
    hosts += _virtual_hosts(rules, left, [each for each in outsiders if each not in taken])
    return {
        "name": name,
        "vhost_header": SOURCE_HEADER,
        "virtual_hosts": hosts,
        # Header changes of a route come after these, so that its own change of the same header has the last word.
        "most_specific_header_mutations_wins": True,
        "request_headers_to_remove": [SOURCE_HEADER, _PROTO],
        "request_headers_to_add": [_restored_proto()],
    }


def _only(addresses: Mapping[str, Sequence[str]], members: frozenset[str]) -> dict[str, list[str]]:
    return {namespace: [each for each in there if each in members] for namespace, there in addresses.items()}


def _virtual_hosts(
    rules: FrontendRules,
    addresses: Mapping[str, Sequence[str]],
    outsiders: Sequence[str],
    members: frozenset[str] | None = None,
    label: str = "",
) -> list[Resource]:
    """One for each kind of caller; only for `members`, if that is not None."""
    tables = [(name, addresses.get(name), table) for name, table in rules.consumers]
    hosts = [
        _virtual_host(f"{label}consumer {name}", here, table_routes(table)) for name, here, table in tables if here
    ]
    plain = [_route(EVERYTHING, rules.plain)]
    escaping = [each for each in outsiders if members is None or each in members] if rules.routed else []
    if escaping:
        hosts.append(_virtual_host(f"{label}outside", escaping, plain))
    placed = {each for _, here, _ in tables for each in here or ()}.union(escaping)
    rest = ["*"] if members is None else sorted(members - placed)
    if rest:
        everybody = table_routes(rules.producer) if rules.producer else plain
        hosts.append(_virtual_host(f"{label}everybody", rest, everybody))
    return hosts


def _restored_proto() -> Resource:
    """Give the caller's own x-forwarded-proto back, if there was one."""
    return {"header": {"key": _PROTO, "value": f"%REQ({PROTO_HEADER})%"}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}


def _virtual_host(name: str, domains: Sequence[str], routes: list[Resource]) -> Resource:
    return {
        "name": name,
        "domains": list(domains),
        "routes": routes,
        "request_headers_to_remove": [PROTO_HEADER],
    }


def table_routes(table: RuleTable) -> list[Resource]:
    """Envoy takes the first route that matches, so precedence is order."""
    routes = [route for entry in table.entries for route in _entry_routes(entry)]
    return [*routes, _route(EVERYTHING, table.unmatched)]


def _entry_routes(entry: Entry) -> list[Resource]:
    """One route for each share. Envoy draws one number a request and compares it with every route's fraction.

    So growing thresholds divide the requests exactly as the weights say, request by request
    (weights.per-request-on-one-connection), and each share can have any action: a valid backend, an error for an
    invalid one (backends.partial-invalid-proportional-500), a redirect.
    """
    match = route_match(entry.match)
    routes = [
        keeping(route, pinned.ticket)
        for pinned in entry.pinned
        for route in _share_routes(showing(match, pinned.ticket), pinned.share, entry.origin)
    ]
    for threshold, share in zip(thresholds(entry.shares), entry.shares, strict=True):
        limited = match if threshold == _MILLION else {**match, "runtime_fraction": _fraction(threshold)}
        made = _share_routes(limited, share, entry.origin)
        routes += [issuing(route, share.ticket) for route in made] if share.ticket else made
    return routes


def _share_routes(match: Resource, share: Share, origin: str) -> list[Resource]:
    def own(narrowed: Resource) -> list[Resource]:
        routes = _action_routes(narrowed, share.action, origin)
        return [asking(route, share.auth) for route in routes] if share.auth else routes

    return cors_routes(share.cors, match, own) if share.cors else own(match)


def _action_routes(match: Resource, action: Action, origin: str) -> list[Resource]:
    """The routes of one action: one, but for a redirect that keeps the host and not the port of the request's Host.

    Envoy can replace the port of a Host but not remove it. So the port is left out where Host has none, as it ought to
    be (filters.redirect-omits-default-port), and written out where Host has one.
    """
    if not (isinstance(action, Redirect) and action.host is None and action.port is None):
        return [_route(match, action, origin)]
    portless = {**match, "headers": [*match.get("headers", ()), _HOST_WITHOUT_PORT]}
    written = replace(action, port=WELL_KNOWN_PORT[action.scheme])
    return [_route(portless, action, origin), _route(match, written, origin)]


def thresholds(shares: Sequence[Share]) -> list[int]:
    """For each share the upper end, in millionths, of its part of the drawn number's range."""
    total, reached, ends = sum(share.weight for share in shares), 0, []
    for share in shares:
        reached += share.weight
        ends.append(round(_MILLION * reached / total))
    return ends


def _fraction(threshold: int) -> Resource:
    return {"default_value": {"numerator": threshold, "denominator": "MILLION"}}


def _route(match: Resource, action: Action, origin: str = "") -> Resource:
    named = {"name": origin} if origin else {}
    return {**named, "match": match, **route_action(action)}
