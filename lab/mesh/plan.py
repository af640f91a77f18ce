"""From a view of the cluster to everything the data plane needs. Pure but for a memory of what it computed last.

A change of one object re-makes what depends on it: with hundreds of Services that is the difference between a
millisecond and a tenth of a second for every write.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lab.mesh.envoy.clusters import cluster, load_assignment
from lab.mesh.envoy.connections import Callers, GovernedPort, callers, governed_listener
from lab.mesh.envoy.listeners import listener
from lab.mesh.envoy.numbering import numbering
from lab.mesh.envoy.routes import route_configuration
from lab.mesh.envoy.types import CLUSTER, ENDPOINTS, LISTENER, ROUTES, Resource
from lab.mesh.model.actions import ClusterKey, FrontendRules
from lab.mesh.model.attachment import attached_routes
from lab.mesh.model.connections import connection_rules
from lab.mesh.model.decisions import CONFORMANT, Decisions
from lab.mesh.model.frontend import frontend_rules
from lab.mesh.model.ignoring import effective_world
from lab.mesh.model.interception import PodFrontend, pod_frontends
from lab.mesh.model.ports import Protocol, protocol_of
from lab.mesh.model.sessions import session_endpoints
from lab.mesh.model.validity import usable_routes
from lab.mesh.model.views import View
from lab.mesh.world.route import Route
from lab.mesh.world.service import Service, ServicePort
from lab.mesh.world.snapshot import World, endpoints


@dataclass(frozen=True)
class Plan:
    """Envoy resources by type and name, and the pod addresses that must reach Envoy instead of the pod."""

    resources: dict[str, dict[str, Resource]]
    intercepted: frozenset[str] = frozenset()


@dataclass
class Planner:
    """Makes plans; what has not changed since the last one is the same object as before."""

    decisions: Decisions
    _memory: dict[tuple[str, str], tuple[object, Resource]] = field(default_factory=dict)
    _used: set[tuple[str, str]] = field(default_factory=set)
    _views: tuple[View, ...] = ()
    _taken_over: set[str] = field(default_factory=set)

    def plan(self, world: World, views: Sequence[View] = ()) -> Plan:
        """Everything the data plane needs for this view of the cluster, and for callers who have another one."""
        self._used, self._taken_over = set(), set()
        world = effective_world(world, self.decisions.ignored)
        self._views = tuple(View(addresses, effective_world(seen, self.decisions.ignored)) for addresses, seen in views)
        resources: dict[str, dict[str, Resource]] = {CLUSTER: {}, ENDPOINTS: {}, LISTENER: {}, ROUTES: {}}
        for service in (world.services[name] for name in sorted(world.services)):
            for port in service.ports:
                self._service_port(world, service, port, resources)
        for key, protocol, endpoint in session_endpoints(world):
            self._cluster(key, protocol, (endpoint,), resources)
        pods = pod_frontends(world, self.decisions)
        for pod in pods:
            self._taken_over.add(pod.address)
            self._pod_port(world, pod, resources)
        self._memory = {key: value for key, value in self._memory.items() if key in self._used}
        return Plan(resources, frozenset(self._taken_over))

    def _service_port(
        self, world: World, service: Service, port: ServicePort, into: dict[str, dict[str, Resource]]
    ) -> None:
        """The cluster of every Service port, and listener and routes of those that have a cluster IP."""
        key = ClusterKey(service.key, port.port)
        self._cluster(key, port.app_protocol, endpoints(world, service.key, port.name), into)
        if not service.cluster_ip:
            return
        address, protocol = service.cluster_ip, protocol_of(port.app_protocol)
        name = f"{address}:{port.port}"
        governed = GovernedPort(address, port.port, protocol, str(key), self._callers(world, service, port))
        # Only a defect puts a frontend where a pod is.
        foreign = address in world.pod_addresses
        if foreign:
            self._taken_over.add(address)
        into[LISTENER][name] = self._remembered(
            (LISTENER, name), (governed, foreign), lambda: _listener(governed, foreign=foreign)
        )
        if protocol is not Protocol.TCP:
            into[ROUTES][name] = self._remembered(
                (ROUTES, name),
                self._inputs(world, service, port),
                lambda: self._routes(world, service, port, name),
            )

    def _callers(self, world: World, service: Service, port: ServicePort) -> tuple[Callers, ...]:
        """Callers whose connections routes govern; none: listener and kept connections do not depend on routes."""
        attached = attached_routes(world, service, port)
        if all(route.kind.reads_requests for route in attached):
            return ()
        rules = connection_rules(world, service, usable_routes(attached), self.decisions)
        return callers(rules, world.addresses, world.outsiders) if rules else ()

    def _routes(self, world: World, service: Service, port: ServicePort, name: str) -> Resource:
        apart = [(self._rules(view.world, service, port), frozenset(view.addresses)) for view in self._views]
        return route_configuration(name, self._rules(world, service, port), world.addresses, world.outsiders, apart)

    def _rules(self, world: World, service: Service, port: ServicePort) -> FrontendRules:
        rules = frontend_rules(world, service, port, self.decisions)
        return self.decisions.rules(world, service, port, rules)

    def _inputs(self, world: World, service: Service, port: ServicePort) -> object:
        """What a frontend's routes depend on; rules that differ from what the specification says may look anywhere."""
        everything = None if self.decisions.rules is CONFORMANT.rules else world
        views = tuple((view.addresses, _inputs(view.world, service, port)) for view in self._views)
        return (everything, _inputs(world, service, port), views)

    def _pod_port(self, world: World, pod: PodFrontend, into: dict[str, dict[str, Resource]]) -> None:
        self._cluster(pod.cluster, pod.app_protocol, ((pod.address, pod.port),), into)
        protocol, name = protocol_of(pod.app_protocol), f"{pod.address}:{pod.port}"
        into[LISTENER][name] = self._remembered(
            (LISTENER, name),
            (protocol, pod.cluster),
            lambda: listener(pod.address, pod.port, protocol, str(pod.cluster), foreign=True),
        )
        into[ROUTES][name] = self._remembered(
            (ROUTES, name),
            (pod.rules, world.outsiders),
            lambda: route_configuration(name, pod.rules, {}, world.outsiders),
        )

    def _cluster(
        self,
        key: ClusterKey,
        app_protocol: str | None,
        pairs: tuple[tuple[str, int], ...],
        into: dict[str, dict[str, Resource]],
    ) -> None:
        name, upstream = str(key), self.decisions.upstream(app_protocol)
        into[CLUSTER][name] = self._remembered((CLUSTER, name), upstream, lambda: cluster(name, upstream))
        into[ENDPOINTS][name] = self._remembered((ENDPOINTS, name), pairs, lambda: load_assignment(name, pairs))

    def _remembered(self, key: tuple[str, str], inputs: object, make: Callable[[], Resource]) -> Resource:
        self._used.add(key)
        known = self._memory.get(key)
        if known is not None and known[0] == inputs:
            return known[1]
        made = self.decisions.resource(*key, self._numbered(key[0], make()))
        self._memory[key] = (inputs, made)
        return made

    def _numbered(self, type_url: str, resource: Resource) -> Resource:
        return numbering(type_url, resource) if self.decisions.numbered else resource


def _listener(port: GovernedPort, *, foreign: bool) -> Resource:
    if port.callers:
        return governed_listener(port)
    return listener(port.address, port.port, port.protocol, port.cluster, foreign=foreign)


def _inputs(world: World, service: Service, port: ServicePort) -> object:
    """Everything a frontend's routes depend on. Parsed objects stay the same while unchanged: comparing is cheap."""
    routes: tuple[Route, ...] = attached_routes(world, service, port)
    if not routes:
        return (service,)
    backends = tuple(world.services.get(key) for route in routes for key in route.references)
    namespaces = {route.key.namespace for route in routes}
    kept = tuple(session_endpoints(world, routes))
    sources = tuple((name, world.addresses.get(name)) for name in sorted(namespaces))
    return (service, routes, backends, kept, sources, world.outsiders)
