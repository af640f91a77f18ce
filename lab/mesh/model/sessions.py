"""Session persistence: requests that show a ticket go to the endpoint it was issued for.

Every endpoint of a rule's backends has a ticket, the same in the eyes of every proxy. A request without one is drawn as
weights say, gets the ticket of its endpoint with the answer, and thereby a session.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from lab.mesh.model.actions import ClusterKey, Forward, Pinned, Share, Ticket
from lab.mesh.model.attachment import Refusal
from lab.mesh.model.backends import resolve_backend
from lab.mesh.model.timeouts import milliseconds
from lab.mesh.world.policies import Session
from lab.mesh.world.route import Match, ObjectKey, Route
from lab.mesh.world.snapshot import World, endpoints


def cluster_endpoints(world: World, cluster: ClusterKey) -> tuple[tuple[str, int], ...]:
    """Ready (address, port) pairs of the Service port that the cluster stands for."""
    service = world.services.get(cluster.service)
    port = service.port(cluster.port) if service else None
    return endpoints(world, cluster.service, port.name) if port else ()


def endpoint_cluster(cluster: ClusterKey, endpoint: tuple[str, int]) -> ClusterKey:
    """The cluster of one endpoint alone."""
    address, port = endpoint
    return ClusterKey(ObjectKey(cluster.service.namespace, f"{cluster.service.name}@{address}"), port)


def session_endpoints(
    world: World, routes: Iterable[Route] | None = None
) -> Iterator[tuple[ClusterKey, str | None, tuple[str, int]]]:
    """Every endpoint that sessions of these routes, or of all, can be pinned to: its cluster, protocol and address."""
    for route in world.routes.values() if routes is None else routes:
        for ref in (ref for rule in route.rules if rule.session for ref in rule.backends):
            cluster = resolve_backend(world, ref, route.kind)
            if isinstance(cluster, Refusal):
                continue
            port = world.services[cluster.service].port(cluster.port)
            for endpoint in cluster_endpoints(world, cluster):
                yield endpoint_cluster(cluster, endpoint), port.app_protocol if port else None, endpoint


def keep_sessions(
    world: World, route: Route, matches: Sequence[Match], session: Session, shares: Sequence[Share]
) -> tuple[tuple[Share, ...], tuple[Pinned, ...]]:
    """The shares of requests without a session, and those of the sessions.

    A backend's weight is divided between its endpoints. Sessions are found at every backend, also at one that no longer
    gets new ones (session.weights-for-new-sessions), for as long as the endpoint is there
    (session.fallback-when-endpoint-gone), and in this rule only (session.scoped-to-rule). A rule is known by its
    matches: its place changes when a rule is put before it, and sessions have to outlive that.
    """
    rule = f"{route.kind.value} {route.key} rule {matches!r}"
    found = [tuple(_tickets(world, rule, session, share)) for share in shares]
    unit = math.lcm(*(len(pairs) or 1 for pairs in found))
    fresh: list[Share] = []
    for share, pairs in zip(shares, found, strict=True):
        part = share.weight * unit // (len(pairs) or 1)
        fresh += [replace(pinned.share, weight=part, ticket=pinned.ticket) for pinned in pairs]
        fresh += [] if pairs else [replace(share, weight=part)]
    return tuple(fresh), tuple(pinned for pairs in found for pinned in pairs)


def _tickets(world: World, rule: str, session: Session, share: Share) -> Iterator[Pinned]:
    if not isinstance(share.action, Forward):
        return
    for endpoint in cluster_endpoints(world, share.action.cluster):
        own = endpoint_cluster(share.action.cluster, endpoint)
        action = replace(share.action, cluster=own)
        yield Pinned(_ticket(rule, session, own), replace(share, action=action))


def _ticket(rule: str, session: Session, endpoint: ClusterKey) -> Ticket:
    lifetime = milliseconds(session.absolute) if session.absolute else 0  # session.absolute-timeout
    return Ticket(
        name=session.name or f"lab-session-{_digest(rule)}",  # session.cookie-name
        header=session.header,
        token=_digest(f"{rule} {endpoint}"),
        path=session.path,
        # session.permanent-cookie-expiry; a cookie of the browser's session has none
        # (session.session-cookie-has-no-expiry).
        max_age=math.ceil(lifetime / 1000) if session.permanent else None,
        lifetime=lifetime or None,
    )


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
