"""What a Service port's appProtocol says about the backends behind it."""

from __future__ import annotations

from enum import Enum


class Upstream(Enum):
    """The version of HTTP that a backend is spoken to with."""

    AS_CALLED = "as called"
    HTTP1 = "http1"
    HTTP2 = "http2"


# What an HTTPRoute can speak to its backends; None is a port that says nothing.
_HTTP: dict[str | None, Upstream] = {
    None: Upstream.AS_CALLED,  # protocols.no-appprotocol-keeps-features
    "http": Upstream.AS_CALLED,
    "http2": Upstream.HTTP2,
    "grpc": Upstream.HTTP2,
    "kubernetes.io/h2c": Upstream.HTTP2,  # protocols.backend-h2c: whatever the client speaks
    "kubernetes.io/ws": Upstream.HTTP1,  # protocols.backend-websocket: an upgrade is a matter of HTTP/1.1
}


def upstream_protocol(app_protocol: str | None) -> Upstream:
    """The version of HTTP for a backend that declares `app_protocol`, if it is spoken to with HTTP at all."""
    return _HTTP.get(_known(app_protocol), Upstream.AS_CALLED)


def speaks_http(app_protocol: str | None) -> bool:
    """Whether HTTP can be spoken to a backend that declares `app_protocol` (protocols.unsupported-app-protocol)."""
    return _known(app_protocol) in _HTTP


def _known(app_protocol: str | None) -> str | None:
    return app_protocol.lower() if app_protocol else None
