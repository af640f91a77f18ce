"""Names of Envoy's resource types and the extensions the mesh uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Resource = dict[str, Any]
Resources = Mapping[str, Resource]

CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
ENDPOINTS = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener"
ROUTES = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"

# The header in which a request for a second hop says to which cluster it goes on.
ONWARD = "x-lab-cluster"

FROM_ADS: Resource = {"ads": {}, "resource_api_version": "V3"}


def typed(name: str, **fields: Any) -> Resource:
    """A message that travels in an `Any`: `name` is its full protobuf name."""
    return {"@type": f"type.googleapis.com/{name}", **fields}
