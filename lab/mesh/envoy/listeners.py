"""Listeners: one for every cluster IP and port.

None depends on routes for requests, so that a change of such routes drains no connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lab.mesh.envoy.auth import auth_filters
from lab.mesh.envoy.clusters import socket_address
from lab.mesh.envoy.headers import overwrite
from lab.mesh.envoy.sessions import age_filter
from lab.mesh.envoy.types import FROM_ADS, Resource, typed
from lab.mesh.model.ports import Protocol

# Where the connection manager leaves the caller's address for the choice of a virtual host; removed before forwarding.
SOURCE_HEADER = "x-lab-source"
# Where it leaves the caller's own x-forwarded-proto, which Envoy would fill in by itself.
PROTO_HEADER = "x-lab-forwarded-proto"

# How long a connection stays open after an answer that was cut short: the client learns of it when it closes.
_LAST_WORDS = "0.010s"
_HCM = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
SNIFFED_HTTP: Resource = {"application_protocols": ["http/1.0", "http/1.1", "h2c"]}
_INSPECTOR = "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector"
HTTP_INSPECTOR: Resource = {"name": "http_inspector", "typed_config": typed(_INSPECTOR)}
# A sniffed connection whose client says nothing by then is forwarded as plain TCP.
_SNIFF_TIMEOUT = "2s"


def listener(address: str, port: int, protocol: Protocol, cluster: str, *, foreign: bool = False) -> Resource:
    """The listener `address:port`; HTTP on it obeys the route configuration of the same name.

    `cluster` gets what is not HTTP. A `foreign` address is not the node's own, so binding needs more.
    """
    name = f"{address}:{port}"
    resource: Resource = {"name": name, "address": socket_address(address, port)}
    http = {"filters": [http_filter(name)]}
    tcp = {"filters": [tcp_filter(name, cluster)]}
    match protocol:
        case Protocol.HTTP:
            resource["filter_chains"] = [http]
        case Protocol.TCP:
            resource["filter_chains"] = [tcp]
        case Protocol.SNIFFED:
            resource["filter_chains"] = [{"filter_chain_match": SNIFFED_HTTP, **http}]
            resource["default_filter_chain"] = tcp
            resource |= listener_filters(HTTP_INSPECTOR)
    if foreign:
        resource |= {"transparent": True, "freebind": True}
    return resource


def listener_filters(*filters: Resource) -> Resource:
    """The fields of a listener that looks at a connection's first bytes; one without bytes is not kept waiting long."""
    return {
        "listener_filters": list(filters),
        "listener_filters_timeout": _SNIFF_TIMEOUT,
        "continue_on_listener_filters_timeout": True,
    }


def tcp_filter(name: str, cluster: str) -> Resource:
    """Every connection goes to `cluster`."""
    return _tcp_proxy(name, {"cluster": cluster})


def split_filter(name: str, shares: Sequence[tuple[int, str]]) -> Resource:
    """Connections are divided between clusters by weight, each drawn by itself."""
    clusters = [{"name": cluster, "weight": weight} for weight, cluster in shares]
    return _tcp_proxy(name, {"weighted_clusters": {"clusters": clusters}})


def _tcp_proxy(name: str, where: Resource) -> Resource:
    kind = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"
    return {"name": "tcp", "typed_config": typed(kind, stat_prefix=name, idle_timeout="0s", **where)}


def http_filter(name: str) -> Resource:
    """The connection manager of a frontend; it obeys the route configuration `name`."""
    return connection_manager(
        name, [age_filter(), *auth_filters()], rds={"config_source": FROM_ADS, "route_config_name": name}
    )


def connection_manager(name: str, filters: Sequence[Resource], **more: Any) -> Resource:
    """A connection manager that changes nothing by itself: paths, Host, `server` and most headers pass as they are.

    matching.path-exact-negative (no normalisation of paths), filters.host-header-preserved, and no time limit that no
    route asked for (timeouts.unspecified-is-implementation-defined). `more` says where its routes are.
    """
    config = typed(
        _HCM,
        stat_prefix=name,
        http_filters=[*filters, _router()],
        early_header_mutation_extensions=[_source_header()],
        generate_request_id=False,
        server_header_transformation="PASS_THROUGH",
        normalize_path=False,
        merge_slashes=False,
        path_with_escaped_slashes_action="KEEP_UNCHANGED",
        stream_idle_timeout="0s",
        delayed_close_timeout=_LAST_WORDS,
        common_http_protocol_options={"idle_timeout": "0s", "max_headers_count": 1000},
        max_request_headers_kb=1024,
        http_protocol_options={"accept_http_10": True, "enable_trailers": True},
        proxy_100_continue=True,
        upgrade_configs=[{"upgrade_type": "websocket"}],
        **more,
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
    return {"append": overwrite(name, value)}
