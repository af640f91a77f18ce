"""Clusters and endpoints: one of each for every Service port."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lab.mesh.envoy.types import FROM_ADS, Resource, typed
from lab.mesh.model.protocols import Upstream

# A mesh that invents limits of its own would turn our load into 503s.
_UNLIMITED = 4_294_967_295
# An endpoint that does not answer at all is noticed by then; inside one machine a connection takes a millisecond.
_CONNECT_TIMEOUT = "5s"
# Shorter than any backend keeps an idle connection, so that none is closed under a request.
_IDLE_TIMEOUT = "5s"


_HTTP1: Resource = {"http_protocol_options": {"enable_trailers": True}}
_HTTP2: Resource = {"http2_protocol_options": {}}
_VERSIONS: dict[Upstream, Resource] = {
    Upstream.AS_CALLED: {"use_downstream_protocol_config": {**_HTTP1, **_HTTP2}},
    Upstream.HTTP1: {"explicit_http_config": _HTTP1},
    Upstream.HTTP2: {"explicit_http_config": _HTTP2},
}


def cluster(name: str, upstream: Upstream = Upstream.AS_CALLED) -> Resource:
    """The cluster `name`, whose endpoints come by EDS and are spoken to as `upstream` says.

    No panic mode, outlier detection or retries: an endpoint that is ready gets traffic, others get none.
    """
    return {
        "name": name,
        "type": "EDS",
        "eds_cluster_config": {"eds_config": FROM_ADS},
        "lb_policy": "ROUND_ROBIN",
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        **any_http(upstream),
    }


def any_http(upstream: Upstream = Upstream.AS_CALLED, **more: Any) -> Resource:
    """The fields of a cluster that is spoken to as `upstream` says, without limits of Envoy's own."""
    options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    return {
        "connect_timeout": _CONNECT_TIMEOUT,
        "circuit_breakers": {"thresholds": [_thresholds("DEFAULT"), _thresholds("HIGH")]},
        "typed_extension_protocol_options": {
            options: typed(
                options, common_http_protocol_options={"idle_timeout": _IDLE_TIMEOUT}, **_VERSIONS[upstream], **more
            )
        },
    }


def _thresholds(priority: str) -> Resource:
    return {
        "priority": priority,
        "max_connections": _UNLIMITED,
        "max_pending_requests": _UNLIMITED,
        "max_requests": _UNLIMITED,
        "max_retries": _UNLIMITED,
    }


def load_assignment(name: str, endpoints: Iterable[tuple[str, int]]) -> Resource:
    """The (address, port) pairs of the cluster `name`. None of them: Envoy answers 503 (backends.no-endpoints-503)."""
    lb_endpoints = [{"endpoint": {"address": socket_address(*pair)}} for pair in endpoints]
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": lb_endpoints}] if lb_endpoints else []}


def socket_address(address: str, port: int) -> Resource:
    """An IP address and TCP port."""
    return {"socket_address": {"address": address, "port_value": port}}
