"""A consistent view of the cluster at one moment: the only input of every decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from lab.mesh.world.grants import Grant
from lab.mesh.world.route import ObjectKey, ParentRef, Route, RouteKey
from lab.mesh.world.service import EndpointSlice, Gateway, Namespace, Pod, Service


@dataclass(frozen=True)
class World:
    """All objects the mesh looks at, by key."""

    services: Mapping[ObjectKey, Service] = field(default_factory=dict)
    routes: Mapping[RouteKey, Route] = field(default_factory=dict)
    slices: Mapping[ObjectKey, EndpointSlice] = field(default_factory=dict)
    pods: Mapping[ObjectKey, Pod] = field(default_factory=dict)
    namespaces: Mapping[str, Namespace] = field(default_factory=dict)
    gateways: Mapping[ObjectKey, Gateway] = field(default_factory=dict)
    grants: Mapping[ObjectKey, Grant] = field(default_factory=dict)

    @cached_property
    def routes_by_parent(self) -> Mapping[ObjectKey, tuple[tuple[Route, ParentRef], ...]]:
        """For each Service named as a parent: the routes and parentRefs that name it, in a fixed order."""
        found: dict[ObjectKey, list[tuple[Route, ParentRef]]] = {}
        for key in sorted(self.routes):
            route = self.routes[key]
            for parent in route.parents:
                if is_service(parent):
                    found.setdefault(ObjectKey(parent.namespace, parent.name), []).append((route, parent))
        return {key: tuple(pairs) for key, pairs in found.items()}

    @cached_property
    def slices_by_service(self) -> Mapping[ObjectKey, tuple[EndpointSlice, ...]]:
        """The EndpointSlices of each Service."""
        found: dict[ObjectKey, list[EndpointSlice]] = {}
        for key in sorted(self.slices):
            piece = self.slices[key]
            if piece.service is not None:
                found.setdefault(piece.service, []).append(piece)
        return {key: tuple(pieces) for key, pieces in found.items()}

    @cached_property
    def addresses(self) -> Mapping[str, tuple[str, ...]]:
        """The addresses of each namespace's pods that are in the mesh, sorted."""
        found: dict[str, list[str]] = {}
        for address, pod in sorted(self._owners.items()):
            if self._member(pod):
                found.setdefault(pod.key.namespace, []).append(address)
        return {namespace: tuple(addresses) for namespace, addresses in found.items()}

    @cached_property
    def outsiders(self) -> tuple[str, ...]:
        """Addresses of pods that are not in the mesh: their traffic sees plain Services."""
        return tuple(sorted(address for address, pod in self._owners.items() if not self._member(pod)))

    @cached_property
    def pod_addresses(self) -> frozenset[str]:
        """The addresses of all pods."""
        return frozenset(self._owners)

    @cached_property
    def _owners(self) -> Mapping[str, Pod]:
        """Whose an address is. One used again belongs to the pod that changed last."""
        owners: dict[str, Pod] = {}
        for pod in self.pods.values():
            known = owners.get(pod.address)
            if known is None or _age(pod) > _age(known):
                owners[pod.address] = pod
        return owners

    def _member(self, pod: Pod) -> bool:
        return pod.taken_in and self.enrolled(pod.key.namespace)

    def enrolled(self, namespace: str) -> bool:
        """Whether the namespace is in the mesh."""
        known = self.namespaces.get(namespace)
        return known is not None and known.enrolled


def _age(pod: Pod) -> int:
    return int(pod.version) if pod.version.isdigit() else 0


def is_service(parent: ParentRef) -> bool:
    """Whether the reference denotes a core Service: both group and kind count.

    attachment.parentref-core-group-empty, attachment.parentref-kind-disambiguates,
    attachment.parentref-group-core-alias ("core" is not an alias here).
    """
    return parent.group == "" and parent.kind == "Service"


def endpoints(world: World, service: ObjectKey, port_name: str) -> tuple[tuple[str, int], ...]:
    """Ready (address, port) pairs behind a Service port.

    backends.port-is-service-port: the slices carry the target port; backends.manual-endpointslices: whoever wrote them.
    """
    pairs: Iterable[tuple[str, int]] = (
        (address, number)
        for piece in world.slices_by_service.get(service, ())
        for name, number in piece.ports
        if name == port_name
        for address in piece.ready
    )
    return tuple(sorted(set(pairs)))
