"""From a list of objects to the mesh's view of the cluster."""

from __future__ import annotations

import dataclasses
import json
from functools import lru_cache
from typing import Any

from lab.mesh.world.parse_route import parse_grpc_route, parse_route, parse_tcp_route, parse_tls_route
from lab.mesh.world.service import parse_namespace, parse_pod, parse_service, parse_slice
from lab.mesh.world.snapshot import World

_TABLES = {
    "Namespace": ("namespaces", parse_namespace),
    "Pod": ("pods", parse_pod),
    "Service": ("services", parse_service),
    "EndpointSlice": ("slices", parse_slice),
    "HTTPRoute": ("routes", parse_route),
    "GRPCRoute": ("routes", parse_grpc_route),
    "TLSRoute": ("routes", parse_tls_route),
    "TCPRoute": ("routes", parse_tcp_route),
}


@lru_cache(maxsize=10_000)
def _parsed(text: str) -> Any:
    """The same text is the same object, as an object that the API did not change stays the same in the mesh."""
    obj = json.loads(text)
    return _TABLES[obj["kind"]][1](obj)


def world_of(objects: list[dict[str, Any]]) -> World:
    tables: dict[str, dict[Any, Any]] = {field.name: {} for field in dataclasses.fields(World)}
    for obj in objects:
        parsed = _parsed(json.dumps(obj, sort_keys=True))
        if parsed is not None:
            tables[_TABLES[obj["kind"]][0]][_key(parsed)] = parsed
    return World(**tables)


def _key(parsed: Any) -> Any:
    return next(getattr(parsed, name) for name in ("identity", "key", "name") if hasattr(parsed, name))
