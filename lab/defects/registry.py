"""Every defect of the reference mesh, by id.

A defect replaces one decision and nothing else, so that what turns red says which statement the decision serves.
"""

from __future__ import annotations

from types import MappingProxyType

from lab.defects import (
    attachment,
    backends,
    chance,
    filters,
    first,
    frontend_backend,
    grpc,
    lifecycle,
    matching,
    mesh_resource,
    precedence,
    producer_consumer,
    protocols,
    retries,
    session,
    status,
    tcp_tls,
    timeouts,
    variations,
    weights,
)
from lab.defects.model import Defect, defect
from lab.mesh.model.ignoring import FILTERS
from spec.features import load as features

_ROOMS = (
    attachment,
    backends,
    chance,
    filters,
    first,
    frontend_backend,
    grpc,
    lifecycle,
    matching,
    mesh_resource,
    precedence,
    producer_consumer,
    protocols,
    retries,
    session,
    status,
    tcp_tls,
    timeouts,
    weights,
)

_IGNORING = tuple(
    defect(
        f"ignores-{feature.name}",
        f"Routes that use {feature.name} are accepted, and that part of them has no effect",
        breaks=("filters.unsupported-filter-not-silent",) if feature.name in FILTERS else (),
        cause="The mesh has the field in its types and no use for it, and does not say so.",
        ignored=frozenset({feature.name}),
    )
    for feature in features().values()
    if feature.support != "core"
)

# Those that checks are known to kill (spec/defects), those that no check may mind, and all that there are.
registry: MappingProxyType[str, Defect] = MappingProxyType({each.id: each for room in _ROOMS for each in room.DEFECTS})
harmless: MappingProxyType[str, Defect] = MappingProxyType({each.id: each for each in variations.VARIATIONS})
selectable: MappingProxyType[str, Defect] = MappingProxyType(
    {**registry, **harmless, **{each.id: each for each in _IGNORING}}
)
