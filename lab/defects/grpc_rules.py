"""What wrong meshes make of GRPCRoutes, each beside the right thing in `lab.mesh.model`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lab.defects.calls import ANY_CALL, some
from lab.defects.tables import LATER, failed, never
from lab.mesh.model.actions import Action, Entry, Forward, MirrorTo, Respond, RuleTable, Share
from lab.mesh.model.attachment import Refusal
from lab.mesh.world.route import (
    CallMatch,
    Filter,
    HeaderModifier,
    Match,
    RequestHeaders,
    ResponseHeaders,
    Route,
    RouteKind,
    Rule,
    ValueMatch,
)


def everything_in_one_package(match: Match) -> Match:
    """A match of every call takes only those of services in packages of one part."""
    if match.call != CallMatch() or match.headers:
        return match
    return replace(match, call=CallMatch(r"[^./]+\.[^./]+", "", regex=True))


def method_dropped(match: Match) -> Match:
    """A match of service and method takes all methods of the service."""
    known = match.call
    if known is None or known.regex or not known.service:
        return match
    return replace(match, call=CallMatch(known.service))


def service_needs_method(match: Match) -> Match:
    """A match of a whole service matches nothing."""
    return never(match) if match.call and match.call.service and not match.call.method else match


def any_header(entry: Entry, plain: Forward) -> Iterable[Entry]:  # noqa: ARG001 - part of the signature
    """One of several headers is enough."""
    wanted = entry.match.headers
    return [replace(entry, match=replace(entry.match, headers=(each,))) for each in wanted] or [entry]


def first_header(match: Match) -> Match:
    """Of several headers only the first is compared."""
    return replace(match, headers=match.headers[:1])


def last_header(match: Match) -> Match:
    """Of several headers only the last is compared."""
    return replace(match, headers=match.headers[-1:])


def beginnings_of_values(match: Match) -> Match:
    """Values of headers match whatever begins with them."""
    headers = tuple(ValueMatch(each.name, f"{each.value}.*", regex=True) for each in match.headers)
    return replace(match, headers=headers)


def names_with_case(match: Match) -> Match:
    """Names of headers are compared with their case, and on the wire all are lower-case."""
    return never(match) if any(each.name != each.name.lower() for each in match.headers) else match


def first_match(rule: Rule) -> Rule:
    """Of several matches only the first counts."""
    return replace(rule, matches=rule.matches[:1])


def exact_lost(route: Route) -> Route:
    """Beside a match of a whole service, those of single methods are lost."""
    matches = [match for rule in route.rules for match in rule.matches]
    if not any(match.call and match.call.service and not match.call.method for match in matches):
        return route

    def kept(rule: Rule) -> Rule:
        return replace(rule, matches=tuple(each for each in rule.matches if not (each.call and each.call.method)))

    return replace(route, rules=tuple(kept(rule) for rule in route.rules))


def named_dropped(route: Route) -> Route:
    """Rules with a name are dropped."""
    return replace(route, rules=tuple(Rule(matches=()) if rule.name else rule for rule in route.rules))


def nameless_dropped(route: Route) -> Route:
    """Where one rule has a name, those without one are dropped."""
    if not any(rule.name for rule in route.rules):
        return route
    return replace(route, rules=tuple(rule if rule.name else Rule(matches=()) for rule in route.rules))


def filters_of_all_rules(route: Route) -> Route:
    """The filters of any rule act on all rules."""
    every = tuple(item for rule in route.rules for item in rule.filters)
    return replace(route, rules=tuple(replace(rule, filters=every) for rule in route.rules))


def set_adds(item: Filter) -> Iterable[Filter]:
    """What is to replace request metadata is added to it."""
    if isinstance(item, RequestHeaders):
        edits = HeaderModifier(add=(*item.edits.set, *item.edits.add), remove=item.edits.remove)
        return (RequestHeaders(edits),)
    return (item,)


def add_sets(item: Filter) -> Iterable[Filter]:
    """What is to be added to request metadata replaces it."""
    if isinstance(item, RequestHeaders):
        edits = HeaderModifier(set=(*item.edits.set, *item.edits.add), remove=item.edits.remove)
        return (RequestHeaders(edits),)
    return (item,)


def first_removed(item: Filter) -> Iterable[Filter]:
    """Of several pieces of request metadata only the first is removed."""
    if isinstance(item, RequestHeaders):
        return (RequestHeaders(replace(item.edits, remove=item.edits.remove[:1])),)
    return (item,)


def answers_keep_everything(item: Filter) -> Iterable[Filter]:
    """Nothing is removed from the metadata of answers."""
    return (ResponseHeaders(replace(item.edits, remove=())),) if isinstance(item, ResponseHeaders) else (item,)


def answers_untouched(item: Filter) -> Iterable[Filter]:
    """Modifiers of the metadata of answers are not applied."""
    return () if isinstance(item, ResponseHeaders) else (item,)


def unmodified_at_times(entry: Entry, plain: Forward) -> Iterable[Entry]:  # noqa: ARG001 - part of the signature
    """30 % of the calls pass without what their rule does to request metadata."""
    first = entry.shares[0]
    if len(entry.shares) > 1 or not isinstance(first.action, Forward) or not first.action.request:
        return (entry,)
    return (some(30, entry, replace(first, action=replace(first.action, request=()))),)


def mirrored_twice(entry: Entry, plain: Forward) -> Iterable[Entry]:  # noqa: ARG001 - part of the signature
    """The mirror gets two copies of each call."""
    return (_with_mirrors(entry, 2),)


def not_mirrored(entry: Entry, plain: Forward) -> Iterable[Entry]:  # noqa: ARG001 - part of the signature
    """The mirror gets no copy."""
    return (_with_mirrors(entry, 0),)


def _with_mirrors(entry: Entry, times: int) -> Entry:
    def share(found: Share) -> Share:
        action = found.action
        return (
            replace(found, action=replace(action, mirrors=action.mirrors * times))
            if isinstance(action, Forward)
            else found
        )

    return replace(entry, shares=tuple(share(each) for each in entry.shares))


def mirror_answers(entry: Entry, plain: Forward) -> Iterable[Entry]:  # noqa: ARG001 - part of the signature
    """For 5 % of the calls the mirror's answer is returned, and the backend gets the copy."""
    first = entry.shares[0]
    if not isinstance(first.action, Forward) or not first.action.mirrors:
        return (entry,)
    swapped = replace(
        first.action, cluster=first.action.mirrors[0].cluster, mirrors=(MirrorTo(first.action.cluster, 1, 1),)
    )
    return (some(5, entry, replace(first, action=swapped)),)


def unusable_unimplemented(kind: RouteKind, refusal: Refusal | None, plain: Forward) -> Action:  # noqa: ARG001
    """Calls of a backend that cannot be used get UNIMPLEMENTED."""
    return Respond(404) if kind is RouteKind.GRPC else Respond(500)


def unusable_forwarded(kind: RouteKind, refusal: Refusal | None, plain: Forward) -> Action:
    """Calls of a backend that does not exist go to the Service's own endpoints."""
    if kind is RouteKind.GRPC and refusal is not None:
        return plain
    return Respond(503 if kind is RouteKind.GRPC else 500)


def shares_handed_on(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    """The share of a backend that cannot be used is divided among the others."""
    return tuple(share for share in shares if not failed(share.action)) or shares


def one_spoils_all(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    """One backend that cannot be used makes its whole rule fail."""
    bad = [share for share in shares if failed(share.action)]
    return (replace(bad[0], weight=1),) if bad else shares


def equal_shares(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    """All backends that have any weight count alike."""
    return tuple(replace(share, weight=1) for share in shares)


def zero_is_something(rule: Rule) -> Rule:
    """A weight of 0 is taken for the smallest one."""
    total = sum(ref.weight for ref in rule.backends)
    least = max(1, round(total * 0.05))
    refs = tuple(replace(ref, weight=ref.weight or least) for ref in rule.backends)
    return replace(rule, backends=refs) if total else rule


def unmatched_unavailable(table: RuleTable, plain: Forward) -> RuleTable:  # noqa: ARG001 - part of the signature
    """Calls that no rule matches get UNAVAILABLE."""
    return replace(table, unmatched=Respond(503))


def open_at_times(table: RuleTable, plain: Forward) -> RuleTable:
    """5 % of the calls that no rule matches go to the Service's own endpoints."""
    leak = some(5, Entry(ANY_CALL, (Share(1, table.unmatched),), "unmatched"), Share(1, plain))
    return replace(table, entries=(*table.entries, leak))


def open_later(table: RuleTable, plain: Forward) -> RuleTable:
    """On a connection that has carried a call, what no rule matches goes to the Service's own endpoints."""
    later = Entry(replace(ANY_CALL, headers=(LATER,)), (Share(1, plain),), "unmatched later")
    return replace(table, entries=(*table.entries, later))
