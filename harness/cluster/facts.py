"""What kind of cluster this is: for the report's header, and to refuse early what cannot work."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from harness.cluster.model import Cluster, ClusterError, Ref, Selection

_CRD = Ref("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "httproutes.gateway.networking.k8s.io")
_BUNDLE = "gateway.networking.k8s.io/bundle-version"
_CHANNEL = "gateway.networking.k8s.io/channel"


@dataclass(frozen=True, slots=True)
class GatewayApi:
    """The installed CRDs, by their annotations; empty where they say nothing or may not be read."""

    version: str = ""  # "v1.6.1"
    channel: str = ""  # "standard" or "experimental"


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """What the report's header says about the cluster."""

    server: str
    version: str
    platform: str
    gateway_api: GatewayApi
    nodes: int | None  # None where we may not list them

    def as_dict(self) -> dict[str, Any]:
        """For ``Header.cluster``."""
        return asdict(self)


def read_facts(cluster: Cluster) -> ClusterFacts:
    """Ask the cluster. Raises ClusterError when it cannot be reached, or serves no HTTPRoute."""
    version = cluster.version()
    cluster.select(Selection("gateway.networking.k8s.io/v1", "HTTPRoute", labels="gamma.test/owner=nobody"))
    return ClusterFacts(
        cluster.server,
        version.get("gitVersion", ""),
        version.get("platform", ""),
        _gateway_api(cluster),
        _nodes(cluster),
    )


def _gateway_api(cluster: Cluster) -> GatewayApi:
    try:
        crd = cluster.get(_CRD)
    except ClusterError as error:
        if error.code in (403, 404):
            return GatewayApi()
        raise
    notes = ((crd or {}).get("metadata") or {}).get("annotations") or {}
    return GatewayApi(notes.get(_BUNDLE, ""), notes.get(_CHANNEL, ""))


def _nodes(cluster: Cluster) -> int | None:
    try:
        return len(cluster.select(Selection("v1", "Node")))
    except ClusterError as error:
        if error.code in (403, 404):
            return None
        raise
