"""Defects in what the area session is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lab.defects.admission import lacking
from lab.defects.changes import entries, rules_as_read, shares, tables
from lab.defects.model import Defect, defect
from lab.defects.proxy import each_route
from lab.mesh.envoy.headers import OVERWRITE
from lab.mesh.envoy.types import Resource
from lab.mesh.model.actions import Entry, Pinned, Respond, RuleTable, Share, Ticket
from lab.mesh.model.decisions import Rules, Worlds
from lab.mesh.world.policies import Session
from lab.mesh.world.route import Route, RouteKind, Rule
from lab.mesh.world.snapshot import World

_UNAVAILABLE = 503
_HOUR = 3600


def sessions(change: Callable[[Route, Session], Session | None]) -> Worlds:
    """The sessions of rules are read as others, or not seen (None)."""

    def changed(world: World, route: Route, rule: Rule) -> Rule:  # noqa: ARG001 - part of the signature
        return rule if rule.session is None else replace(rule, session=change(route, rule.session))

    return rules_as_read(changed)


def tickets(change: Callable[[Entry, Ticket], Ticket]) -> Rules:
    """What begins a session, and what continues it, looks different."""

    def entry(found: Entry) -> Entry:
        shares = [
            replace(share, ticket=change(found, share.ticket)) if share.ticket else share for share in found.shares
        ]
        pinned = [replace(each, ticket=change(found, each.ticket)) for each in found.pinned]
        return replace(found, shares=tuple(shares), pinned=tuple(pinned))

    return entries(entry)


def unregarded(wanted: Callable[[Entry, Pinned], bool]) -> Rules:
    """Tickets are issued, and of these none is looked at when it comes back."""
    return entries(lambda found: replace(found, pinned=tuple(each for each in found.pinned if not wanted(found, each))))


def of_call(found: Entry) -> bool:
    """Whether the rule is one of a GRPCRoute."""
    return found.match.call is not None


def path_of_rule(found: Entry, ticket: Ticket) -> Ticket:
    """The cookie is valid below the path that the rule matches."""
    return ticket if ticket.header or of_call(found) else replace(ticket, path=found.match.path.elements or "/")


def for_an_hour(found: Entry, ticket: Ticket) -> Ticket:  # noqa: ARG001 - part of the signature
    """A cookie of the browser's session has a lifetime."""
    return replace(ticket, max_age=_HOUR) if ticket.max_age is None and not ticket.header else ticket


def in_milliseconds(found: Entry, ticket: Ticket) -> Ticket:  # noqa: ARG001 - part of the signature
    """The lifetime of a permanent cookie is told in milliseconds."""
    return replace(ticket, max_age=ticket.max_age * 1000) if ticket.max_age is not None else ticket


def named_by_mesh(route: Route, session: Session) -> Session:  # noqa: ARG001 - part of the signature
    """The name that a rule gives the cookie is not used."""
    return session if session.header else replace(session, name=None)


def endless(route: Route, session: Session) -> Session:  # noqa: ARG001 - part of the signature
    """Sessions do not end by themselves."""
    return session if session.permanent else replace(session, absolute=None)


def whole_route(world: World, route: Route, rule: Rule) -> Rule:  # noqa: ARG001 - part of the signature
    """The session of one rule is begun by all rules of its route."""
    return replace(rule, session=next((each.session for each in route.rules if each.session), None))


def weightless_too(world: World, route: Route, rule: Rule) -> Rule:  # noqa: ARG001 - part of the signature
    """Backends without weight get new sessions."""
    if rule.session is None:
        return rule
    return replace(rule, backends=tuple(replace(ref, weight=max(ref.weight, 1)) for ref in rule.backends))


def by_endpoint(found: Entry) -> Entry:
    """New sessions are divided by endpoints alone."""
    if not any(share.ticket for share in found.shares):
        return found
    return replace(found, shares=tuple(replace(share, weight=1) for share in found.shares))


def weighted_only(found: Entry, pinned: Pinned) -> bool:  # noqa: ARG001 - part of the signature
    """Whether the backend of a session gets no new ones."""
    return pinned.share.weight == 0


def insisting(found: Entry) -> Entry:
    """Who shows a ticket of an endpoint that is not there gets an error."""
    issued = [share.ticket for share in found.shares if share.ticket] + [each.ticket for each in found.pinned]
    if not issued:
        return found
    gone = Pinned(replace(issued[0], token="[0-9a-f]+", lifetime=None), Share(1, Respond(_UNAVAILABLE)))  # noqa: S106
    return replace(found, pinned=(*found.pinned, gone))


def everywhere(table: RuleTable) -> RuleTable:
    """The sessions of one rule decide about the requests of all rules."""
    pinned = tuple(each for entry in table.entries for each in entry.pinned)
    return replace(table, entries=tuple(replace(entry, pinned=entry.pinned or pinned) for entry in table.entries))


def replacing_cookies(route: Resource) -> Resource:
    """The cookie of the session takes the place of the backend's own."""
    added = route.get("response_headers_to_add", ())
    if not any(each["header"]["key"] == "set-cookie" for each in added):
        return route
    return {
        **route,
        "response_headers_to_add": [
            {**each, "append_action": OVERWRITE} if each["header"]["key"] == "set-cookie" else each for each in added
        ],
    }


def keeping_cookies(route: Resource) -> Resource:
    """The cookies of requests do not get past the mesh where a rule keeps sessions."""
    begins = any(each["header"]["key"] == "set-cookie" for each in route.get("response_headers_to_add", ()))
    return (
        {
            **route,
            "request_headers_to_remove": [*route.get("request_headers_to_remove", ()), "cookie"],
        }
        if begins
        else route
    )


def untold(found: Entry, share: Share) -> Share:  # noqa: ARG001 - part of the signature
    """No cookie is set."""
    return share if share.ticket is None or share.ticket.header else replace(share, ticket=None)


DEFECTS: tuple[Defect, ...] = (
    defect(
        "session-never-begun",
        "No cookie is set, so that no session begins",
        breaks=("session.cookie-issued",),
        cause="The proxy's filter follows cookies, and setting them was left to the application.",
        rules=shares(untold),
    ),
    defect(
        "session-cookie-path-of-rule",
        "The cookie of a session is valid below the path that its rule matches",
        breaks=("session.cookie-path-default",),
        cause="An older text of the enhancement proposal derived the path from the route.",
        rules=tickets(path_of_rule),
    ),
    defect(
        "session-cookie-for-an-hour",
        "The cookie of a browser's session has a lifetime of an hour",
        breaks=("session.session-cookie-has-no-expiry",),
        cause="The proxy's own default for its cookies.",
        rules=tickets(for_an_hour),
    ),
    defect(
        "session-cookie-named-by-mesh",
        "The cookie has a name of the mesh's own, whatever name the rule gives",
        breaks=("session.cookie-name",),
        cause="One cookie for the whole mesh was easier to find in the proxy's configuration.",
        world=sessions(named_by_mesh),
    ),
    defect(
        "session-cookie-unregarded",
        "Cookies of sessions are set, and not looked at when they come back",
        breaks=("session.cookie-sticks",),
        cause="The cookie is read by the proxy that set it, and the next request takes another one.",
        rules=unregarded(lambda found, each: not each.ticket.header and not of_call(found)),
    ),
    defect(
        "session-header-unregarded",
        "Headers of sessions are sent, and not looked at when they come back",
        breaks=("session.header-type",),
        cause="Only cookies are searched for the endpoint of a session.",
        rules=unregarded(lambda found, each: each.ticket.header),  # noqa: ARG005 - part of the signature
    ),
    defect(
        "session-call-unregarded",
        "The metadata of a call's session are sent, and not looked at when they come back",
        breaks=("session.grpc",),
        cause="Calls are balanced by another part of the proxy, which does not know sessions.",
        rules=unregarded(lambda found, each: of_call(found)),  # noqa: ARG005 - part of the signature
    ),
    defect(
        "session-header-as-cookie",
        "A session of type Header is carried by a cookie",
        breaks=("session.header-type",),
        cause="The type is not looked at, because a cookie was all there was in the first release.",
        world=sessions(lambda route, session: replace(session, header=False)),  # noqa: ARG005
    ),
    defect(
        "session-of-calls-ignored",
        "Sessions of GRPCRoutes have no effect",
        breaks=("session.grpc",),
        cause="The field was translated for HTTPRoutes, where it came first.",
        world=sessions(lambda route, session: None if route.kind is RouteKind.GRPC else session),
    ),
    defect(
        "session-replaces-cookies",
        "The cookie of a session takes the place of those that the backend sets",
        breaks=("session.other-cookies-kept",),
        cause="Headers are set by name, and the name set-cookie was thought to stand once.",
        resource=each_route(replacing_cookies),
    ),
    defect(
        "session-keeps-cookies",
        "Cookies of the application do not reach the backend of a rule with sessions",
        breaks=("session.other-cookies-kept",),
        cause="The session's own cookie is no concern of the backend, and the whole header is removed to hide it.",
        resource=each_route(keeping_cookies),
    ),
    defect(
        "session-of-all-rules",
        "The session of one rule is begun by all rules of its route",
        breaks=("session.scoped-to-rule",),
        cause="The proxy's filter for sessions is put at the virtual host.",
        world=rules_as_read(whole_route),
    ),
    defect(
        "session-decides-everywhere",
        "A session of one rule decides about the requests of all rules",
        breaks=("session.scoped-to-rule",),
        cause="The cookie names an address, and the proxy follows it before it looks at rules.",
        rules=tables(everywhere),
    ),
    defect(
        "session-without-end",
        "The absolute timeout of a session has no effect",
        breaks=("session.absolute-timeout",),
        cause="The proxy trusts the browser to forget the cookie in time.",
        world=sessions(endless),
    ),
    defect(
        "session-permanent-as-any",
        "The cookie of a permanent session has no lifetime",
        breaks=("session.permanent-cookie-expiry",),
        cause="The type of the lifetime is not looked at.",
        rules=tickets(lambda found, ticket: replace(ticket, max_age=None)),  # noqa: ARG005 - part of the signature
    ),
    defect(
        "session-lifetime-in-milliseconds",
        "The lifetime of a permanent session's cookie is told in milliseconds",
        breaks=("session.permanent-cookie-expiry",),
        cause="Durations are milliseconds inside of the mesh, and seconds in a cookie.",
        rules=tickets(in_milliseconds),
    ),
    defect(
        "permanent-session-without-timeout-admitted",
        "The API takes a permanent session without an absolute timeout",
        breaks=("session.permanent-cookie-expiry",),
        cause="The definitions lack the rule that looks at two fields at once.",
        admission=lacking("HTTPRoute", "permanent-cookie-needs-timeout"),
    ),
    defect(
        "session-insists",
        "A session whose pod is gone gets errors until its cookie is deleted",
        breaks=("session.fallback-when-endpoint-gone",),
        cause="The address in the cookie is dialled, whether it is an endpoint or not.",
        rules=entries(insisting),
    ),
    defect(
        "session-by-endpoint",
        "New sessions are divided by endpoints, not by the weights of backends",
        breaks=("session.weights-for-new-sessions",),
        cause="Sessions are kept by a balancer that sees all endpoints of a rule in one list.",
        rules=entries(by_endpoint),
    ),
    defect(
        "session-ends-with-weight",
        "A session is moved when its backend gets no new ones",
        breaks=("session.weights-for-new-sessions",),
        cause="Backends without weight are left out of the configuration, and with them their sessions.",
        rules=unregarded(weighted_only),
    ),
    defect(
        "session-begins-without-weight",
        "A backend without weight gets new sessions",
        breaks=("session.weights-for-new-sessions",),
        cause="It has to stay in the balancer for the sessions that exist, where the least weight is one.",
        world=rules_as_read(weightless_too),
    ),
)
