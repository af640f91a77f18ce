"""Every defect of the reference mesh, by id.

A defect replaces one decision and nothing else, so that what turns red says which statement the decision serves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from lab.defects import overrides
from lab.mesh.model.decisions import CONFORMANT, Decisions
from lab.mesh.model.ignoring import FILTERS
from spec.features import load as features


@dataclass(frozen=True, slots=True)
class Defect:
    """A named deviation: what it breaks, and how a real mesh comes to have it."""

    id: str
    title: str
    breaks: tuple[str, ...]
    cause: str
    decisions: Decisions


def _defect(defect_id: str, title: str, *, breaks: tuple[str, ...], cause: str, **changed: Any) -> Defect:
    return Defect(defect_id, title, breaks, cause, replace(CONFORMANT, **changed))


_DEFECTS = (
    _defect(
        "unmatched-falls-through",
        "A request that no rule matches is forwarded to the Service's own endpoints",
        breaks=("attachment.unmatched-rejected", "attachment.unmatched-many-routes"),
        cause="The mesh adds a route's rules in front of the forwarding it already had, instead of in its place.",
        unmatched=overrides.forward_unmatched,
    ),
    _defect(
        "consumer-route-applied-to-everyone",
        "Consumer routes govern the callers of every namespace",
        breaks=("producer-consumer.consumer-not-producer-namespace", "producer-consumer.consumer-not-third-namespace"),
        cause="Callers without routes of their own get what is stored for the Service, consumer routes included.",
        group_routes=overrides.consumers_for_everyone,
    ),
    _defect(
        "consumer-merged-with-producer",
        "In a consumer's namespace consumer and producer routes are merged",
        breaks=("producer-consumer.no-merge-across-groups", "producer-consumer.consumer-overrides-producer"),
        cause="The mesh merges all routes that a caller can see, as a Gateway does with the routes of a listener.",
        group_routes=overrides.add_producer_to_consumers,
    ),
    _defect(
        "timeout-ignored",
        "Timeouts of a rule have no effect",
        breaks=("timeouts.request-504",),
        cause="The field is optional for an implementation, and this one accepts routes that set it all the same.",
        timeout=overrides.no_timeout,
    ),
    _defect(
        "weights-ignored",
        "All backends of a rule get the same share",
        breaks=("weights.proportional", "weights.zero-gets-nothing"),
        cause="The mesh hands the backends to a balancer as one flat list and loses the weights on the way.",
        weight=overrides.equal_weight,
    ),
    _defect(
        "pod-ip-intercepted",
        "Requests to a pod's own address are governed by the routes of the Services that select it",
        breaks=("frontend-backend.pod-ip-bypasses-routes",),
        cause="The proxy captures all traffic to the pod's port and can no longer tell which frontend was dialled.",
        intercepted_pods=overrides.selected_pods,
    ),
    _defect(
        "stalls-on-hazard",
        "After a route with a regular expression that does not compile, no configuration is taken in any more",
        breaks=("status.partially-invalid",),
        cause="One rejected resource blocks the control plane's queue for ever, and all later ones wait behind it.",
        stalls=overrides.on_bad_pattern,
    ),
)

_IGNORING = tuple(
    _defect(
        f"ignores-{feature.name}",
        f"Routes that use {feature.name} are accepted, and that part of them has no effect",
        breaks=("filters.unsupported-filter-not-silent",) if feature.name in FILTERS else (),
        cause="The mesh has the field in its types and no use for it, and does not say so.",
        ignored=frozenset({feature.name}),
    )
    for feature in features().values()
    if feature.support != "core"
)

# Those that checks are known to kill (spec/defects.yaml), and all that the mesh can be told to have.
registry: MappingProxyType[str, Defect] = MappingProxyType({defect.id: defect for defect in _DEFECTS})
selectable: MappingProxyType[str, Defect] = MappingProxyType({defect.id: defect for defect in (*_DEFECTS, *_IGNORING)})
