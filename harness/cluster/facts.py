"""What kind of cluster this is: for the report's header, and to refuse early what cannot work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from harness.cluster.model import NOT_SERVED, Cluster, ClusterError, Ref, Selection

_CRD = Ref("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "httproutes.gateway.networking.k8s.io")
#: Which mesh implements the Gateway API here; only the experimental channel has the kind.
_MESHES = Selection("gateway.networking.x-k8s.io/v1alpha1", "XMesh", labels="gamma.test/owner!=gamma-conformance")
_NOBODY = "gamma.test/owner=nobody"  # what is asked for does not matter, only whether it can be
_BUNDLE = "gateway.networking.k8s.io/bundle-version"
_CHANNEL = "gateway.networking.k8s.io/channel"


@dataclass(frozen=True, slots=True)
class GatewayApi:
    """The installed CRDs, by their annotations; empty where they say nothing or may not be read."""

    version: str = ""  # "v1.6.1"
    channel: str = ""  # "standard" or "experimental"
    unserved: tuple[str, ...] = ()  # what scenarios write and the cluster has not: "TCPRoute v1"


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """What the report's header says about the cluster."""

    server: str
    version: str
    platform: str
    gateway_api: GatewayApi
    nodes: int | None  # None where we may not list them
    features: tuple[str, ...] = ()  # that the mesh publishes of itself, by upstream's names

    def as_dict(self) -> dict[str, Any]:
        """For ``Header.cluster``."""
        return asdict(self)


def read_facts(cluster: Cluster, controller: str = "", kinds: Iterable[tuple[str, str]] = ()) -> ClusterFacts:
    """Ask the cluster; `controller` is the mesh's name in the API where the profile says it.

    `kinds` are those that scenarios write, each as apiVersion and kind.

    Raises ClusterError when it cannot be reached, or serves no HTTPRoute.
    """
    version = cluster.version()
    cluster.select(Selection("gateway.networking.k8s.io/v1", "HTTPRoute", labels=_NOBODY))
    return ClusterFacts(
        cluster.server,
        version.get("gitVersion", ""),
        version.get("platform", ""),
        replace(_gateway_api(cluster), unserved=_unserved(cluster, kinds)),
        _nodes(cluster),
        _published_features(cluster, controller),
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


def _unserved(cluster: Cluster, kinds: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Those of the kinds that the cluster does not serve."""
    found = []
    for api_version, kind in sorted(set(kinds)):
        try:
            cluster.select(Selection(api_version, kind, labels=_NOBODY))
        except ClusterError as error:
            if error.reason == NOT_SERVED:
                found.append(f"{kind} {api_version.rpartition('/')[2]}")
            elif error.code != 403:
                raise
    return tuple(found)


def _published_features(cluster: Cluster, controller: str) -> tuple[str, ...]:
    """What Mesh objects of the mesh say that it supports; nothing where there are none, or several contradict."""
    try:
        meshes = cluster.select(_MESHES)
    except ClusterError as error:
        if error.code in (403, 404):
            return ()
        raise
    spoken = [mesh for mesh in meshes if not controller or mesh["spec"].get("controllerName") == controller]
    if len(spoken) != 1:  # whose features would they be?
        return ()
    listed = (spoken[0].get("status") or {}).get("supportedFeatures") or ()
    return tuple(sorted({str(entry.get("name", "")) for entry in listed} - {""}))


def _nodes(cluster: Cluster) -> int | None:
    try:
        return len(cluster.select(Selection("v1", "Node")))
    except ClusterError as error:
        if error.code in (403, 404):
            return None
        raise
