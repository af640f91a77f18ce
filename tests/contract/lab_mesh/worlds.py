"""From a list of objects to the mesh's view of the cluster."""

from __future__ import annotations

import dataclasses
import json
from functools import lru_cache
from typing import Any

from lab.mesh.world.parse_route import parse_route
from lab.mesh.world.service import parse_namespace, parse_pod, parse_service, parse_slice
from lab.mesh.world.snapshot import World

_TABLES = {
    "Namespace": ("namespaces", parse_namespace),
    "Pod": ("pods", parse_pod),
    "Service": ("services", parse_service),
    "EndpointSlice": ("slices", parse_slice),
    "HTTPRoute": ("routes", parse_route),
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
            tables[_TABLES[obj["kind"]][0]][getattr(parsed, "key", None) or parsed.name] = parsed
    return World(**tables)
