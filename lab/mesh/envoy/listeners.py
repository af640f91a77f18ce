"""Listeners: one for every cluster IP and port. None depends on routes, so a change of routes drains no connection."""

from __future__ import annotations

from enum import Enum

from lab.mesh.envoy.clusters import socket_address
from lab.mesh.envoy.types import FROM_ADS, Resource, typed

# Where the connection manager leaves the caller's address for the choice of a virtual host; removed before forwarding.
SOURCE_HEADER = "x-lab-source"
# Where it leaves the caller's own x-forwarded-proto, which Envoy would fill in by itself.
PROTO_HEADER = "x-lab-forwarded-proto"

_OVERWRITE = "OVERWRITE_IF_EXISTS_OR_ADD"
_HCM = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
# A sniffed connection whose client says nothing by then is forwarded as plain TCP.
_SNIFF_TIMEOUT = "2s"


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


def listener(address: str, port: int, protocol: Protocol, cluster: str, *, foreign: bool = False) -> Resource:
    """The listener `address:port`; HTTP on it obeys the route configuration of the same name.

    `cluster` gets what is not HTTP. A `foreign` address is not the node's own, so binding needs more.
    """
    name = f"{address}:{port}"
    resource: Resource = {"name": name, "address": socket_address(address, port)}
    http = {"filters": [http_filter(name)]}
    tcp = {"filters": [_tcp_filter(name, cluster)]}
    match protocol:
        case Protocol.HTTP:
            resource["filter_chains"] = [http]
        case Protocol.TCP:
            resource["filter_chains"] = [tcp]
        case Protocol.SNIFFED:
            protocols = {"application_protocols": ["http/1.0", "http/1.1", "h2c"]}
            resource["filter_chains"] = [{"filter_chain_match": protocols, **http}]
            resource["default_filter_chain"] = tcp
            resource["listener_filters"] = [_inspector()]
            resource["listener_filters_timeout"] = _SNIFF_TIMEOUT
            resource["continue_on_listener_filters_timeout"] = True
    if foreign:
        resource |= {"transparent": True, "freebind": True}
    return resource


def _inspector() -> Resource:
    kind = "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector"
    return {"name": "http_inspector", "typed_config": typed(kind)}


def _tcp_filter(name: str, cluster: str) -> Resource:
    kind = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"
    config = typed(kind, stat_prefix=name, cluster=cluster, idle_timeout="0s")
    return {"name": "tcp", "typed_config": config}


def http_filter(name: str) -> Resource:
    """A connection manager that changes nothing by itself: paths, Host, `server` and most headers pass as they are.

    matching.path-exact-negative (no normalisation of paths), filters.host-header-preserved, and no time limit that no
    route asked for (timeouts.unspecified-is-implementation-defined).
    """
    config = typed(
        _HCM,
        stat_prefix=name,
        rds={"config_source": FROM_ADS, "route_config_name": name},
        http_filters=[_router()],
        early_header_mutation_extensions=[_source_header()],
        generate_request_id=False,
        server_header_transformation="PASS_THROUGH",
        normalize_path=False,
        merge_slashes=False,
        path_with_escaped_slashes_action="KEEP_UNCHANGED",
        stream_idle_timeout="0s",
        common_http_protocol_options={"idle_timeout": "0s", "max_headers_count": 1000},
        max_request_headers_kb=1024,
        http_protocol_options={"accept_http_10": True, "enable_trailers": True},
        proxy_100_continue=True,
        upgrade_configs=[{"upgrade_type": "websocket"}],
    )
    return {"name": "http", "typed_config": config}


def _router() -> Resource:
    kind = "envoy.extensions.filters.http.router.v3.Router"
    return {"name": "router", "typed_config": typed(kind, suppress_envoy_headers=True)}


def _source_header() -> Resource:
    """Write down who calls, whatever the caller wrote there itself."""
    kind = "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation"
    mutations = [
        _set(SOURCE_HEADER, "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"),
        {"remove": PROTO_HEADER},
        _set(PROTO_HEADER, "%REQ(x-forwarded-proto)%"),
    ]
    return {"name": "source", "typed_config": typed(kind, mutations=mutations)}


def _set(name: str, value: str) -> Resource:
    return {"append": {"header": {"key": name, "value": value}, "append_action": _OVERWRITE}}
