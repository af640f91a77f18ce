"""Defects in what the area weights is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate

from lab.defects.backends import drained
from lab.defects.model import Defect, defect
from lab.defects.tables import each_division, each_entry, each_rule, each_table
from lab.mesh.envoy.numbering import DRAW
from lab.mesh.model.actions import Entry, Forward, FrontendRules, Respond, RuleTable, Share
from lab.mesh.model.attachment import Refusal
from lab.mesh.model.backends import resolve_backend
from lab.mesh.model.history import History
from lab.mesh.world.route import BackendRef, Route, RouteKind, Rule, ValueMatch
from lab.mesh.world.service import Service, ServicePort
from lab.mesh.world.snapshot import World, endpoints

_CAP, _WORD = 1000, 1 << 16


def _in_parts(parts: int, shares: tuple[Share, ...]) -> tuple[Share, ...]:
    """Two different shares as whole numbers of so many equal parts; what is in the middle goes to the larger one."""
    if len(shares) != 2 or shares[0].weight == shares[1].weight:
        return shares
    larger = max(share.weight for share in shares)
    total = sum(share.weight for share in shares)
    most = min(int(parts * larger / total + 0.5), parts - 1)
    return tuple(replace(share, weight=most if share.weight == larger else parts - most) for share in shares)


def _quarters(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    return _in_parts(4, shares)


def _fifths(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    return _in_parts(5, shares)


def _rest(shares: tuple[Share, ...]) -> int:
    """What weights that somebody thought about lack of a hundred."""
    weights = [share.weight for share in shares]
    return max(0, 100 - sum(weights)) if any(weight > 1 for weight in weights) else 0


def _rest_to_service(entry: Entry, plain: Forward) -> Iterator[Entry]:
    rest = _rest(entry.shares)
    yield replace(entry, shares=(*entry.shares, Share(rest, plain))) if rest else entry


def _rest_rejected(entry: Entry, plain: Forward) -> Iterator[Entry]:  # noqa: ARG001 - part of the signature
    rest = _rest(entry.shares)
    yield replace(entry, shares=(*entry.shares, Share(rest, Respond(503)))) if rest else entry


def _one_is_unset(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    """A weight of 1 beside larger ones is taken for none, and gets what the largest has."""
    largest = max(share.weight for share in shares)
    return tuple(replace(share, weight=largest) if share.weight == 1 else share for share in shares)


def _capped(ref: BackendRef) -> int:
    return min(ref.weight, _CAP)


def _overflowing(ref: BackendRef) -> int:
    return ref.weight % _WORD


def _trickle(rule: Rule) -> Rule:
    """Beside others a backend of weight 0 gets a twentieth."""
    total = sum(ref.weight for ref in rule.backends)
    refs = (replace(ref, weight=ref.weight * 19 if ref.weight else total) for ref in rule.backends)
    return replace(rule, backends=tuple(refs))


def _lone_gets_all(rule: Rule) -> Rule:
    return replace(rule, backends=(replace(rule.backends[0], weight=1),)) if len(rule.backends) == 1 else rule


def _none_means_equal(rule: Rule) -> Rule:
    if len(rule.backends) < 2 or any(ref.weight for ref in rule.backends):
        return rule
    return replace(rule, backends=tuple(replace(ref, weight=1) for ref in rule.backends))


def _bad_zero_counts(world: World, history: History) -> World:  # noqa: ARG001 - part of the decision's signature
    """A backend that cannot be used counts as 1 where its weight is 0."""

    def counted(route: Route, ref: BackendRef) -> BackendRef:
        bad = isinstance(resolve_backend(world, ref, route.kind), Refusal)
        return replace(ref, weight=1) if bad and ref.weight == 0 else ref

    def changed(route: Route) -> Route:
        rules = (
            replace(rule, backends=tuple(counted(route, ref) for ref in rule.backends))
            if len(rule.backends) > 1
            else rule
            for rule in route.rules
        )
        return replace(route, rules=tuple(rules)) if route.kind is RouteKind.HTTP else route

    return replace(world, routes={key: changed(route) for key, route in world.routes.items()})


def _drawn_once(entry: Entry, plain: Forward) -> Iterator[Entry]:  # noqa: ARG001 - part of the signature
    """The number drawn for the connection chooses the share, for all its requests."""
    total = sum(share.weight for share in entry.shares)
    ends = [round(100 * reached / total) for reached in accumulate(share.weight for share in entry.shares)]
    for start, end, share in zip([0, *ends], ends, entry.shares, strict=False):
        drawn = ValueMatch(DRAW, "|".join(f"{number:02}" for number in range(start, end)) or "never", regex=True)
        headers = (*entry.match.headers, drawn)
        yield replace(entry, match=replace(entry.match, headers=headers), shares=(replace(share, weight=1),))


def _once_a_connection(entry: Entry, plain: Forward) -> Iterator[Entry]:
    if len(entry.shares) > 1:
        yield from _drawn_once(entry, plain)
    else:
        yield entry


def _by_endpoints(world: World, service: Service, port: ServicePort, rules: FrontendRules) -> FrontendRules:
    """Weights are those of each endpoint of the backend."""

    def counted(share: Share) -> Share:
        if not isinstance(share.action, Forward):
            return share
        backend = world.services.get(share.action.cluster.service)
        found = backend.port(share.action.cluster.port) if backend else None
        number = len(endpoints(world, share.action.cluster.service, found.name)) if found else 0
        return replace(share, weight=share.weight * max(number, 1))

    return each_division(lambda shares: tuple(map(counted, shares)))(world, service, port, rules)


def _summed(table: RuleTable, plain: Forward) -> RuleTable:  # noqa: ARG001 - part of the signature
    """A backend has one weight, to which all rules of the Service add theirs."""
    sums: Counter[object] = Counter()
    for entry in table.entries:
        for share in entry.shares:
            if isinstance(share.action, Forward):
                sums[share.action.cluster] += share.weight

    def added(share: Share) -> Share:
        return replace(share, weight=sums[share.action.cluster]) if isinstance(share.action, Forward) else share

    entries = (replace(entry, shares=tuple(map(added, entry.shares))) for entry in table.entries)
    return replace(table, entries=tuple(entries))


DEFECTS: tuple[Defect, ...] = (
    defect(
        "weights-75-25",
        "Shares of two backends are rounded to quarters, so that 70 to 30 is 75 to 25",
        breaks=("weights.proportional",),
        cause="The balancer's table is filled with as many entries as there are pods of the proxy, and those are four.",
        rules=each_division(_quarters),
    ),
    defect(
        "weights-80-20",
        "Shares of two backends are rounded to fifths, so that 70 to 30 is 80 to 20",
        breaks=("weights.proportional",),
        cause="Weights are brought to one digit, and half of a unit goes to whoever has more.",
        rules=each_division(_fifths),
    ),
    defect(
        "weights-percent-rest-to-service",
        "What weights lack of a hundred goes to the Service's own endpoints",
        breaks=("weights.not-a-percentage", "weights.single-backend-all"),
        cause="Weights are taken for percentages of the traffic that is diverted from the Service.",
        rules=each_entry(_rest_to_service),
    ),
    defect(
        "weights-percent-rest-rejected",
        "What weights lack of a hundred is answered with 503",
        breaks=("weights.not-a-percentage", "weights.single-backend-all"),
        cause="The proxy's total is left at its default of 100, and a number beyond the sum chooses no cluster.",
        rules=each_entry(_rest_rejected),
    ),
    defect(
        "weight-one-is-unset",
        "A weight of 1 counts as much as the largest in its rule",
        breaks=("weights.default-one",),
        cause="The default of the API cannot be told from a weight that was written, and is replaced by a better one.",
        rules=each_division(_one_is_unset),
    ),
    defect(
        "weights-capped",
        "Weights above 1000 count as 1000",
        breaks=("weights.not-a-percentage",),
        cause="The mesh's own API ends at 1000 for historical reasons, and conversion keeps to that.",
        weight=_capped,
    ),
    defect(
        "weights-overflow",
        "Of weights only the lower 16 bits count",
        breaks=("weights.not-a-percentage",),
        cause="A map in the kernel has 16 bits for a weight, and nobody looks at those that do not fit.",
        weight=_overflowing,
    ),
    defect(
        "zero-weight-trickle",
        "A backend of weight 0 gets one request in twenty",
        breaks=("weights.zero-gets-nothing", "lifecycle.weight-shift"),
        cause="Drained backends keep a trickle of traffic, so that their health is known when they come back.",
        world=each_rule(_trickle),
    ),
    defect(
        "lone-zero-weight-gets-all",
        "A backend that is alone in its rule gets everything, also with weight 0",
        breaks=("weights.all-zero",),
        cause="Rules with one backend take a shorter way that does not look at weights.",
        world=each_rule(_lone_gets_all),
    ),
    defect(
        "all-zero-means-equal",
        "Weights that are all 0 count as equal ones",
        breaks=("weights.all-zero", "weights.zero-gets-nothing"),
        cause="A sum of 0 cannot be divided by, and the balancer falls back on turns.",
        world=each_rule(_none_means_equal),
    ),
    defect(
        "drained-rule-is-service-itself",
        "The Service's own endpoints step in where all weights of a rule are 0",
        breaks=("weights.all-zero",),
        cause="A rule in which nobody has a share is skipped by the data plane, which then passes the connection on.",
        unusable=drained(lambda plain: plain),
    ),
    defect(
        "drained-rule-also-reaches-service",
        "Where all weights of a rule are 0 the client gets 500, and the Service the request",
        breaks=("weights.all-zero",),
        cause="The request is mirrored to the Service before a backend is drawn, for a report of what is lost.",
        unusable=drained(lambda plain: Respond(500, besides=plain.cluster)),
    ),
    defect(
        "unusable-zero-weight-counts",
        "A backend that cannot be used gets a share although its weight is 0",
        breaks=("weights.zero-weight-invalid-backend",),
        cause="The error cluster that stands in for it is made without a weight, and then has the default.",
        world=_bad_zero_counts,
    ),
    defect(
        "weights-per-connection",
        "Weights choose the backend of a connection, and all its requests go there",
        breaks=("weights.per-request-on-one-connection",),
        cause="The backend is chosen where the connection is accepted, before any request is read.",
        rules=each_entry(_once_a_connection),
        numbered=True,
    ),
    defect(
        "weights-by-endpoints",
        "A backend's share grows with the number of its endpoints",
        breaks=("weights.independent-of-endpoint-count",),
        cause="All endpoints of a rule go into one list, each with the weight of its backend.",
        rules=_by_endpoints,
    ),
    defect(
        "weights-summed-over-rules",
        "The weights that all rules of a Service give to a backend are added up",
        breaks=("weights.scoped-to-rule",),
        cause="Weights are kept at the cluster, and every rule that names it adds its own.",
        rules=each_table(_summed),
    ),
)
