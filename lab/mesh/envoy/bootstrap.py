"""The configuration an Envoy starts with: who it is and where its control plane listens."""

from __future__ import annotations

from pathlib import Path

from lab.mesh.envoy.attempts import attempt_cluster, attempt_listener
from lab.mesh.envoy.proxies import proxy_cluster, proxy_listener
from lab.mesh.envoy.questions import question_cluster, question_listener
from lab.mesh.envoy.types import FROM_ADS, Resource, typed

_ADS_CLUSTER = "control-plane"
# Envoy refuses regular expressions beyond a size that lists of origins reach. RE2 takes linear time for all of them.
_RUNTIME = {f"re2.max_program_size.{level}_level": 1_000_000 for level in ("error", "warn")}


def bootstrap(node: str, ads_socket: Path, admin_socket: Path) -> Resource:
    """The bootstrap of the Envoy of `node`: everything else comes by delta ADS over `ads_socket`."""
    return {
        "node": {"id": node, "cluster": "gamma-lab"},
        "admin": {"address": {"pipe": {"path": str(admin_socket)}}},
        "dynamic_resources": {
            "ads_config": {
                "api_type": "DELTA_GRPC",
                "transport_api_version": "V3",
                "grpc_services": [{"envoy_grpc": {"cluster_name": _ADS_CLUSTER}}],
            },
            "cds_config": FROM_ADS,
            "lds_config": FROM_ADS,
        },
        "layered_runtime": {"layers": [{"name": "fixed", "static_layer": _RUNTIME}]},
        "static_resources": {
            "clusters": [_ads_cluster(ads_socket), attempt_cluster(), question_cluster(), proxy_cluster()],
            "listeners": [attempt_listener(), question_listener(), proxy_listener()],
        },
    }


def _ads_cluster(socket: Path) -> Resource:
    endpoint = {"endpoint": {"address": {"pipe": {"path": str(socket)}}}}
    options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    return {
        "name": _ADS_CLUSTER,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": _ADS_CLUSTER, "endpoints": [{"lb_endpoints": [endpoint]}]},
        "typed_extension_protocol_options": {
            options: typed(options, explicit_http_config={"http2_protocol_options": {}})
        },
    }
