"""Pod addresses that the mesh takes over. The conformant decision takes over none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lab.mesh.model.actions import ClusterKey, Forward, FrontendRules, RuleTable
from lab.mesh.model.attachment import attached_routes
from lab.mesh.model.decisions import Decisions
from lab.mesh.model.frontend import rule_table
from lab.mesh.model.validity import usable_routes
from lab.mesh.world.route import CallMatch, Match, ObjectKey, Route
from lab.mesh.world.service import Pod, Service, ServicePort
from lab.mesh.world.snapshot import World, endpoints

_EVERYTHING = (Match(), Match(call=CallMatch()))


@dataclass(frozen=True, slots=True)
class PodFrontend:
    """One port of a pod whose own address the mesh listens on. Its cluster, named by the address, is that pod alone."""

    address: str
    port: int
    app_protocol: str | None
    cluster: ClusterKey
    rules: FrontendRules


def pod_frontends(world: World, decisions: Decisions) -> tuple[PodFrontend, ...]:
    """The ports taken over: those that some Service forwards to, on the pods that the decision chose."""
    pods = decisions.intercepted_pods(world)
    if not pods:
        return ()
    behind = _services_behind(world)
    return tuple(
        _frontend(world, pod, port, behind[pod.address, port], decisions)
        for pod in pods
        for port in sorted({port for address, port in behind if address == pod.address})
    )


def selected(world: World, pod: Pod) -> bool:
    """Whether any Service of the pod's namespace selects it."""
    labels = set(pod.labels)
    return any(
        service.selector and set(service.selector) <= labels
        for service in world.services.values()
        if service.key.namespace == pod.key.namespace
    )


def _services_behind(world: World) -> dict[tuple[str, int], list[tuple[Service, ServicePort]]]:
    """For each endpoint the Service ports that lead to it."""
    behind: dict[tuple[str, int], list[tuple[Service, ServicePort]]] = {}
    for service in (world.services[key] for key in sorted(world.services)):
        for port in service.ports:
            for pair in endpoints(world, service.key, port.name):
                behind.setdefault(pair, []).append((service, port))
    return behind


def _frontend(
    world: World, pod: Pod, port: int, services: list[tuple[Service, ServicePort]], decisions: Decisions
) -> PodFrontend:
    """The pod's port, treated like a frontend: with the producer routes of all Services that lead to it.

    Matches of every request are left out: those of several Services would contradict each other.
    """
    cluster = ClusterKey(ObjectKey("", pod.address), port)
    plain = Forward(cluster)
    routes = {route.identity: route for route in _producer_routes(world, services, decisions)}
    merged = rule_table(world, routes.values(), plain, decisions)
    specific = tuple(entry for entry in merged.entries if entry.match not in _EVERYTHING)
    table = RuleTable(specific, merged.unmatched) if routes else None
    rules = FrontendRules(str(cluster), plain, table, ())
    return PodFrontend(pod.address, port, services[0][1].app_protocol, cluster, rules)


def _producer_routes(
    world: World, services: list[tuple[Service, ServicePort]], decisions: Decisions
) -> Iterator[Route]:
    for service, port in services:
        groups = decisions.group_routes(service, usable_routes(attached_routes(world, service, port)))
        yield from (route for route in decisions.prevailing(groups.producer) if route.kind.reads_requests)
