"""Defects in what the area protocols is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from lab.defects.calls import some
from lab.defects.model import Defect, defect
from lab.defects.status_words import RESOLVED
from lab.defects.tables import LATER, Rules, TableChange, each_entry, each_table, http
from lab.defects.told import reworded
from lab.mesh.envoy.numbering import FIRST, VERSION
from lab.mesh.model.actions import Action, ClusterKey, Entry, Forward, FrontendRules, Respond, RuleTable, Share
from lab.mesh.model.attachment import Refusal
from lab.mesh.model.backends import resolve_backend
from lab.mesh.model.decisions import answer_with_error
from lab.mesh.model.history import History
from lab.mesh.model.protocols import Upstream, upstream_protocol
from lab.mesh.world.route import BackendRef, Match, ObjectKey, PathKind, RouteKind, ValueMatch
from lab.mesh.world.service import Service, ServicePort
from lab.mesh.world.snapshot import World

_H2C, _WS = "kubernetes.io/h2c", "kubernetes.io/ws"
_UPGRADE = ValueMatch("upgrade", "(?i)websocket", regex=True)


def _by_connection(version: str) -> TableChange:
    """With this version of HTTP, later requests of a connection are treated as its first one was."""

    def changed(table: RuleTable, plain: Forward) -> RuleTable:  # noqa: ARG001 - part of the signature
        if not all(map(http, table.entries)):
            return table
        here = (LATER, ValueMatch(VERSION, version))
        later = [replace(entry, match=Match(headers=(*here, _first(entry.match)))) for entry in table.entries]
        rest = Entry(Match(headers=here), (Share(1, table.unmatched),), "later requests")
        return replace(table, entries=(*later, rest, *table.entries))

    return changed


def _first(match: Match) -> ValueMatch:
    """That the first request of the connection was for this match's path."""
    match match.path.kind:
        case PathKind.EXACT:
            pattern = re.escape(match.path.value)
        case PathKind.PREFIX:
            pattern = re.escape(match.path.elements) + "(/.*)?"
        case PathKind.REGEX:
            pattern = match.path.value
    return ValueMatch(FIRST, pattern, regex=True)


def _open_later(table: RuleTable, plain: Forward) -> RuleTable:
    """On a connection that has carried a request, what no rule matches goes to the Service's own endpoints."""
    if not all(map(http, table.entries)):
        return table
    later = Entry(Match(headers=(LATER,)), (Share(1, plain),), "unmatched later")
    return replace(table, entries=(*table.entries, later))


def _upgrades_open(table: RuleTable, plain: Forward) -> RuleTable:
    """Upgrades that no rule matches go to the Service's own endpoints."""
    if not all(map(http, table.entries)):
        return table
    upgrade = Entry(Match(headers=(_UPGRADE,)), (Share(1, plain),), "unmatched upgrades")
    return replace(table, entries=(*table.entries, upgrade))


def _spoken(declared: str, upstream: Upstream) -> Callable[[str | None], Upstream]:
    """Backends that declare this protocol are spoken to like that."""
    return lambda app_protocol: upstream if app_protocol == declared else upstream_protocol(app_protocol)


def _on_ports(declared: str | None, change: Callable[[Entry, Forward], Iterable[Entry]]) -> Rules:
    """The entries of HTTPRoutes at ports that declare this protocol become others."""
    everywhere = each_entry(change)

    def changed(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:
        return everywhere(world, service, port, rules) if port.app_protocol == declared else rules

    return changed


def _no_upgrades(entry: Entry, plain: Forward) -> Iterable[Entry]:  # noqa: ARG001 - part of the signature
    return (replace(entry, shares=tuple(_plainly(share) for share in entry.shares)),)


def _some_upgrades(entry: Entry, plain: Forward) -> Iterable[Entry]:  # noqa: ARG001 - part of the signature
    return (some(30, entry, _plainly(entry.shares[0])),)


def _plainly(share: Share) -> Share:
    """The share, in which a connection stays what it is."""
    return replace(share, action=replace(share.action, upgrades=False)) if isinstance(share.action, Forward) else share


def _some_errors(entry: Entry, plain: Forward) -> Iterable[Entry]:  # noqa: ARG001 - part of the signature
    return (some(30, entry, Share(1, Respond(503))),)


def _whatever_it_speaks(world: World, ref: BackendRef) -> ClusterKey | Refusal:
    """A backend whose protocol the route cannot speak is tried all the same."""
    found = resolve_backend(world, ref)
    if isinstance(found, Refusal) and found.reason == "UnsupportedProtocol":
        return ClusterKey(ObjectKey(ref.namespace, ref.name), ref.port or 0)
    return found


def _unspoken_unavailable(kind: RouteKind, refusal: Refusal | None, plain: Forward) -> Action:
    unspoken = refusal is not None and refusal.reason == "UnsupportedProtocol"
    return Respond(503) if unspoken else answer_with_error(kind, refusal, plain)


def _unspoken_forwarded(kind: RouteKind, refusal: Refusal | None, plain: Forward) -> Action:
    unspoken = refusal is not None and refusal.reason == "UnsupportedProtocol"
    return plain if unspoken else answer_with_error(kind, refusal, plain)


def _portless_takes_all(world: World, history: History) -> World:  # noqa: ARG001 - part of the signature
    """A route without a port makes every port of its Service one that carries HTTP."""
    taken = {
        key
        for key, pairs in world.routes_by_parent.items()
        for route, parent in pairs
        if route.kind is RouteKind.HTTP and parent.port is None and parent.section_name is None
    }
    services = {key: _all_http(found) if key in taken else found for key, found in world.services.items()}
    return replace(world, services=services)


def _all_http(service: Service) -> Service:
    return replace(service, ports=tuple(_http(port) if port.app_protocol == "tcp" else port for port in service.ports))


def _http(port: ServicePort) -> ServicePort:
    return replace(port, app_protocol="http")


DEFECTS: tuple[Defect, ...] = (
    defect(
        "http1-routed-by-connection",
        "All requests of an HTTP/1.1 connection are routed as its first one",
        breaks=("protocols.per-request-http1",),
        cause="After the first request the connection is spliced to its backend, to be fast.",
        rules=each_table(_by_connection("HTTP/1.1")),
        numbered=True,
    ),
    defect(
        "http2-routed-by-connection",
        "All streams of an HTTP/2 connection are routed as its first one",
        breaks=("protocols.per-request-http2",),
        cause="HTTP/2 is forwarded as a connection, because its streams were too much work.",
        rules=each_table(_by_connection("HTTP/2")),
        numbered=True,
    ),
    defect(
        "open-on-used-connections",
        "On a connection that has carried a request, unmatched ones go to the Service's own endpoints",
        breaks=("protocols.per-request-http1", "protocols.per-request-http2"),
        cause="The fast path for kept connections knows the rules, and not that there is nothing behind them.",
        rules=each_table(_open_later),
        numbered=True,
    ),
    defect(
        "h2c-spoken-as-http1",
        "A backend port that says h2c is spoken to in HTTP/1.1",
        breaks=("protocols.backend-h2c",),
        cause="The proxy speaks HTTP/2 only where TLS has negotiated it.",
        upstream=_spoken(_H2C, Upstream.HTTP1),
    ),
    defect(
        "h2c-spoken-as-called",
        "A backend port that says h2c is spoken to in the client's version of HTTP",
        breaks=("protocols.backend-h2c",),
        cause="The proxy hands the protocol through, and appProtocol is read at the frontend alone.",
        upstream=_spoken(_H2C, Upstream.AS_CALLED),
    ),
    defect(
        "h2c-fails-for-30-percent",
        "30 % of the requests for a backend port that says h2c get 503",
        breaks=("protocols.backend-h2c",),
        cause="Now and then a stream is put on a connection that the backend is about to close.",
        rules=_on_ports(_H2C, _some_errors),
    ),
    defect(
        "websocket-port-refuses-upgrades",
        "A route at a port that says ws refuses upgrades",
        breaks=("protocols.backend-websocket",),
        cause="Upgrades have to be allowed route by route, and routes of the Gateway API do not ask for it.",
        rules=_on_ports(_WS, _no_upgrades),
    ),
    defect(
        "websocket-spoken-as-http2",
        "A backend port that says ws is spoken to in HTTP/2",
        breaks=("protocols.backend-websocket",),
        cause="All backends whose protocol is declared are taken for new enough for HTTP/2.",
        upstream=_spoken(_WS, Upstream.HTTP2),
    ),
    defect(
        "websocket-refused-for-30-percent",
        "30 % of the upgrades at a port that says ws are refused",
        breaks=("protocols.backend-websocket",),
        cause="One of three replicas of a waypoint runs with other settings.",
        rules=_on_ports(_WS, _some_upgrades),
    ),
    defect(
        "upgrades-fall-through",
        "An upgrade that no rule matches goes to the Service's own endpoints",
        breaks=("protocols.backend-websocket", "attachment.unmatched-rejected"),
        cause="Upgrades are handed through by a rule of their own at the end of the table.",
        rules=each_table(_upgrades_open),
    ),
    defect(
        "upgrades-need-a-hint",
        "A route at a port without appProtocol refuses upgrades",
        breaks=("protocols.no-appprotocol-keeps-features",),
        cause="Upgrades are allowed where the port says ws, and a port that says nothing does not say ws.",
        rules=_on_ports(None, _no_upgrades),
    ),
    defect(
        "unspoken-protocol-tried",
        "A backend whose protocol the route cannot speak is tried all the same",
        breaks=("protocols.unsupported-app-protocol",),
        cause="appProtocol of backends is looked at for HTTP/2 and for nothing else.",
        backend=_whatever_it_speaks,
    ),
    defect(
        "unspoken-protocol-unavailable",
        "Requests for a backend whose protocol the route cannot speak get 503",
        breaks=("protocols.unsupported-app-protocol",),
        cause="The proxy gets a cluster without endpoints in its place.",
        unusable=_unspoken_unavailable,
    ),
    defect(
        "unspoken-protocol-replaced",
        "Requests for a backend whose protocol the route cannot speak go to the Service's own endpoints",
        breaks=("protocols.unsupported-app-protocol",),
        cause="A rule that cannot be used is left out, and the forwarding from before shows through.",
        unusable=_unspoken_forwarded,
    ),
    defect(
        "unspoken-protocol-unsaid",
        "A backend whose protocol the route cannot speak is reported as resolved",
        breaks=("protocols.unsupported-app-protocol",),
        cause="Status is written by a controller that looks for the Service and not at its ports.",
        status=reworded("UnsupportedProtocol", **RESOLVED),
    ),
    defect(
        "portless-route-takes-tcp-ports",
        "A route without a port makes HTTP of all ports of its Service",
        breaks=("protocols.portless-route-non-http-port",),
        cause="All ports of the parent means all ports, and the proxy expects HTTP on each of them.",
        world=_portless_takes_all,
    ),
)
