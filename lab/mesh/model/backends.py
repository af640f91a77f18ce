"""What a backendRef refers to, and how a rule's requests are divided between its backends."""

from __future__ import annotations

from lab.mesh.model.actions import ClusterKey
from lab.mesh.model.attachment import Refusal
from lab.mesh.model.protocols import speaks_http
from lab.mesh.world.route import BackendRef, ObjectKey, RouteKind
from lab.mesh.world.snapshot import World


def resolve_backend(world: World, ref: BackendRef, kind: RouteKind = RouteKind.HTTP) -> ClusterKey | Refusal:
    """The Service port that the reference in a route of this type means, or why it means none.

    A Service without endpoints resolves (backends.no-endpoints-503): that is a matter of traffic, not of references.
    Neither a namespace other than the route's nor the absence of a ReferenceGrant matters: this mesh lets a route reach
    only what its clients could reach anyway (producer-consumer.consumer-backend-any-namespace,
    producer-consumer.producer-backend-cross-namespace).
    """
    if (ref.group, ref.kind) != ("", "Service"):  # backends.unknown-kind-500, status.invalid-kind
        return Refusal("InvalidKind", f"backendRef {ref.name}: {_kind(ref)} is not a supported backend kind")
    key = ObjectKey(ref.namespace, ref.name)
    if not ref.permitted:
        return Refusal("RefNotPermitted", f"no ReferenceGrant permits a reference to Service {key}")
    service = world.services.get(key)
    if service is None or service.type == "ExternalName":
        # backends.nonexistent-service-500, status.backend-not-found, backends.externalname-unsupported
        what = "does not exist" if service is None else "is an ExternalName Service, which is not followed"
        return Refusal("BackendNotFound", f"Service {key} {what}")
    port = service.port(ref.port)
    if port is None:  # backends.port-not-in-service
        return Refusal("BackendNotFound", f"Service {key} has no port {ref.port}")
    if kind.reads_requests and not speaks_http(port.app_protocol):  # protocols.unsupported-app-protocol
        message = f"port {ref.port} of Service {key} speaks {port.app_protocol}, this kind of route does not"
        return Refusal("UnsupportedProtocol", message)
    return ClusterKey(key, ref.port or 0)


def _kind(ref: BackendRef) -> str:
    return f"{ref.group}/{ref.kind}" if ref.group else ref.kind


def weight(ref: BackendRef) -> int:
    """The backend's part of the sum of the rule's weights (weights.proportional, weights.not-a-percentage)."""
    return ref.weight
