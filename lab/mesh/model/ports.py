"""What a Service port carries, and so which types of route can govern it."""

from __future__ import annotations

from enum import Enum

from lab.mesh.world.route import RouteKind


class Protocol(Enum):
    """What a Service port carries."""

    HTTP = "http"
    SNIFFED = "sniffed"
    TCP = "tcp"


_HTTP_NAMES = frozenset({"http", "http2", "grpc", "kubernetes.io/h2c", "kubernetes.io/ws"})


def protocol_of(app_protocol: str | None) -> Protocol:
    """From a Service port's appProtocol; a port that does not say is looked at, connection by connection."""
    if app_protocol is None:
        return Protocol.SNIFFED
    return Protocol.HTTP if app_protocol.lower() in _HTTP_NAMES else Protocol.TCP


def carries(app_protocol: str | None, kind: RouteKind) -> bool:
    """Whether routes of this type can govern such a port: nothing reads requests on a port declared as plain TCP.

    tcp-tls.plain-traffic-on-unrouted-ports: so a route for all ports leaves those alone. Any port carries connections.
    """
    return not (kind.reads_requests and protocol_of(app_protocol) is Protocol.TCP)
