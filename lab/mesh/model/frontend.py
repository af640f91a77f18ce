"""The behaviour of one Service port: attachment, precedence, backends, filters and timeouts put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lab.mesh.model.actions import (
    Action,
    ClusterKey,
    Entry,
    Forward,
    FrontendRules,
    MirrorTo,
    Pinned,
    Respond,
    RuleTable,
    Share,
)
from lab.mesh.model.attachment import Refusal, attached_routes
from lab.mesh.model.auth import auth_of
from lab.mesh.model.backends import resolve_backend
from lab.mesh.model.decisions import Decisions
from lab.mesh.model.filters import (
    cors_of,
    matched_prefix,
    new_host,
    new_path,
    redirect_action,
    redirect_of,
    request_edits,
    response_edits,
)
from lab.mesh.model.ignoring import recognised, upgrades
from lab.mesh.model.precedence import Candidate, by_precedence
from lab.mesh.model.sessions import keep_sessions
from lab.mesh.model.validity import EXTENSION, usable_routes
from lab.mesh.world.route import BackendRef, Filter, Mirror, Route, UnknownFilter
from lab.mesh.world.service import Service, ServicePort
from lab.mesh.world.snapshot import World

DENIED = Respond(403)
DRAINED = Refusal("Drained", "all backends of the rule have weight 0")


def frontend_rules(world: World, service: Service, port: ServicePort, decisions: Decisions) -> FrontendRules:
    """What happens to requests for this port of the Service's cluster IP, where connections are read as requests.

    Without routes, plain forwarding (attachment.no-route-default, port-other-ports-default).
    """
    key = ClusterKey(service.key, port.port)
    plain = Forward(key)
    groups = decisions.group_routes(service, usable_routes(attached_routes(world, service, port)))

    def table(routes: Sequence[Route]) -> RuleTable | None:
        chosen = [route for route in decisions.prevailing(routes) if route.kind.reads_requests]
        if not chosen:
            return None
        made = rule_table(world, chosen, plain, decisions)
        return recognised(made, service, plain, decisions.ignored)

    consumers = ((namespace, table(routes)) for namespace, routes in groups.consumers.items())
    return FrontendRules(
        name=str(key),
        plain=plain,
        producer=table(groups.producer),
        consumers=tuple((namespace, made) for namespace, made in consumers if made is not None),
    )


def rule_table(world: World, routes: Iterable[Route], plain: Forward, decisions: Decisions) -> RuleTable:
    """The merged rules of one group of routes.

    producer-consumer.merge-within-producer, producer-consumer.merge-within-consumer-namespace.

    The Service's own endpoints, to which `plain` leads, get only what a backendRef names
    (attachment.route-replaces-default).
    """
    ordered = by_precedence(routes, decisions.precedence)
    entries = tuple(_entry(world, candidate, plain, decisions) for candidate in ordered)
    return RuleTable(entries, decisions.unmatched(plain))


def _entry(world: World, candidate: Candidate, plain: Forward, decisions: Decisions) -> Entry:
    """One match with its shares and, where its rule keeps sessions, with those."""
    route, index = candidate.route, candidate.rule_index
    shares = _shares(world, candidate, plain, decisions)
    pinned: tuple[Pinned, ...] = ()
    if candidate.rule.session is not None:
        shares, pinned = keep_sessions(world, route, candidate.rule.matches, candidate.rule.session, shares)
    positive = tuple(share for share in shares if share.weight > 0)  # weights.zero-gets-nothing
    # backends.omitted-gives-500, weights.all-zero
    refusal = DRAINED if candidate.rule.backends else None
    nothing = Share(1, decisions.unusable(route.kind, refusal, plain), cors_of(candidate.rule.filters))
    return Entry(candidate.match, positive or (nothing,), f"{route.key} rule {index}", pinned)


def _shares(world: World, candidate: Candidate, plain: Forward, decisions: Decisions) -> tuple[Share, ...]:
    """How the requests that this match wins are divided; one rule alone counts (precedence.single-rule-per-request)."""
    rule = candidate.rule
    if _extended(rule.filters):
        # filters.extensionref-unresolved-fails-closed
        return (Share(1, decisions.unusable(candidate.route.kind, None, plain)),)
    if redirect := redirect_of(rule.filters):
        # backends.redirect-rule-needs-none, filters.redirect-contacts-no-backend
        action = redirect_action(redirect, candidate.match, rule.filters, plain.cluster.port)
        return (_share(world, 1, action, rule.filters),)
    return tuple(
        _share(
            world,
            decisions.weight(ref),
            _backend_action(world, candidate, ref, plain, decisions),
            (*rule.filters, *ref.filters),
        )
        for ref in rule.backends
    )


def _share(world: World, weight: int, action: Action, filters: Sequence[Filter]) -> Share:
    auth = auth_of(world, filters)
    if isinstance(auth, Refusal):
        return Share(weight, DENIED, cors_of(filters))
    return Share(weight, action, cors_of(filters), auth)


def _extended(filters: Iterable[Filter]) -> bool:
    """Whether one of the filters is custom; this mesh has none, so that none is resolved."""
    return any(isinstance(item, UnknownFilter) and item.type == EXTENSION for item in filters)


def _backend_action(
    world: World, candidate: Candidate, ref: BackendRef, plain: Forward, decisions: Decisions
) -> Action:
    """What happens to the requests that fall to this backend.

    An unusable backend answers with an error for its own share, and never hands it on
    (backends.partial-invalid-proportional-500, grpc.partial-invalid-proportional,
    precedence.no-fallback-on-bad-backend). A usable one is addressed by its endpoints, so that routes attached to that
    Service are not consulted (frontend-backend.backend-routes-not-chained, parent-as-own-backend).
    """
    filters = (*candidate.rule.filters, *ref.filters)  # filters.backend-level-exclusive
    kind = candidate.route.kind
    if _extended(ref.filters):
        return decisions.unusable(kind, None, plain)  # filters.extensionref-unresolved-fails-closed
    if redirect := redirect_of(ref.filters):
        return redirect_action(redirect, candidate.match, filters, plain.cluster.port)
    cluster = decisions.backend(world, ref)
    if isinstance(cluster, Refusal):
        return decisions.unusable(kind, cluster, plain)
    return Forward(
        cluster=cluster,
        request=request_edits(filters),
        response=response_edits(filters),
        host=new_host(filters),
        path=new_path(filters),
        prefix=matched_prefix(candidate.match),
        mirrors=_mirrors(world, filters),
        limits=decisions.timeout(candidate.rule.timeouts),  # timeouts.scoped-to-rule
        retry=decisions.retry(candidate.rule.retry),
        upgrades=upgrades(decisions.ignored),
    )


def _mirrors(world: World, filters: Iterable[Filter]) -> tuple[MirrorTo, ...]:
    """Mirrors with a usable backend; others are dropped and reported (filters.mirror-invalid-backend)."""
    mirrors = []
    for item in filters:
        if isinstance(item, Mirror) and item.numerator > 0:
            cluster = resolve_backend(world, item.backend)
            if not isinstance(cluster, Refusal):
                mirrors.append(MirrorTo(cluster, item.numerator, item.denominator))
    return tuple(mirrors)
