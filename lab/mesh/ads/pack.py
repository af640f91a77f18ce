"""Resources as they travel: serialised, with a version that is a digest of their content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.endpoint.v3 import endpoint_pb2
from envoy.config.listener.v3 import listener_pb2
from envoy.config.route.v3 import route_pb2

# Messages inside an `Any` can only be read if their module was imported.
from envoy.extensions.filters.http.ext_authz.v3 import ext_authz_pb2  # noqa: F401
from envoy.extensions.filters.http.fault.v3 import fault_pb2  # noqa: F401
from envoy.extensions.filters.http.header_mutation.v3 import header_mutation_pb2 as _mutation  # noqa: F401
from envoy.extensions.filters.http.lua.v3 import lua_pb2  # noqa: F401
from envoy.extensions.filters.http.router.v3 import router_pb2  # noqa: F401
from envoy.extensions.filters.listener.http_inspector.v3 import http_inspector_pb2  # noqa: F401
from envoy.extensions.filters.listener.tls_inspector.v3 import tls_inspector_pb2  # noqa: F401
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2  # noqa: F401
from envoy.extensions.filters.network.tcp_proxy.v3 import tcp_proxy_pb2  # noqa: F401
from envoy.extensions.http.early_header_mutation.header_mutation.v3 import header_mutation_pb2  # noqa: F401
from envoy.extensions.http.header_formatters.preserve_case.v3 import preserve_case_pb2  # noqa: F401
from envoy.extensions.upstreams.http.v3 import http_protocol_options_pb2  # noqa: F401
from google.protobuf import json_format

from lab.mesh.envoy.types import CLUSTER, ENDPOINTS, LISTENER, ROUTES, Resource
from lab.mesh.model.delivery import Change, nothing

_MESSAGES: Mapping[str, Any] = {
    CLUSTER: cluster_pb2.Cluster,
    ENDPOINTS: endpoint_pb2.ClusterLoadAssignment,
    LISTENER: listener_pb2.Listener,
    ROUTES: route_pb2.RouteConfiguration,
}


@dataclass(frozen=True, slots=True)
class Packed:
    """One resource, ready to be sent."""

    name: str
    version: str
    payload: bytes


Snapshot = Mapping[str, Mapping[str, Packed]]


@dataclass
class Packer:
    """Packs resources; a dictionary that it has seen is not packed again."""

    _seen: dict[tuple[str, str], tuple[Resource, Packed]] = field(default_factory=dict)

    def pack(self, resources: Mapping[str, Mapping[str, Resource]]) -> Snapshot:
        """All resources, by type and name. Raises json_format.ParseError for one that is not of its type."""
        snapshot = {
            type_url: {name: self._packed(type_url, name, resource) for name, resource in named.items()}
            for type_url, named in resources.items()
        }
        self._seen = {key: value for key, value in self._seen.items() if key[1] in snapshot.get(key[0], {})}
        return snapshot

    def _packed(self, type_url: str, name: str, resource: Resource) -> Packed:
        known = self._seen.get((type_url, name))
        if known is not None and known[0] is resource:
            return known[1]
        packed = pack_one(type_url, name, resource)
        self._seen[type_url, name] = (resource, packed)
        return packed


def pack_one(type_url: str, name: str, resource: Resource) -> Packed:
    """One resource. Raises json_format.ParseError if it is not of its type."""
    message = json_format.ParseDict(resource, _MESSAGES[type_url]())
    payload = message.SerializeToString(deterministic=True)
    return Packed(name, hashlib.blake2b(payload, digest_size=8).hexdigest(), payload)


def held_back(before: Snapshot, after: Snapshot, node: str, holds_back: Callable[[Change], bool]) -> Snapshot:
    """`after`, but for the changes since `before` that do not reach this node."""
    if holds_back is nothing:
        return after
    kept: dict[str, dict[str, Packed]] = {}
    for type_url in after.keys() | before.keys():
        old, new = before.get(type_url, {}), after.get(type_url, {})
        kept[type_url] = {}
        for name in sorted(old.keys() | new.keys()):
            had, wanted = old.get(name), new.get(name)
            change = Change(node, type_url, name, had.version if had else None, wanted.version if wanted else None)
            chosen = had if change.before != change.after and holds_back(change) else wanted
            if chosen is not None:
                kept[type_url][name] = chosen
    return kept
