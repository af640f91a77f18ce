"""The defects whose red checks are written down to the last one."""

from __future__ import annotations

from lab.defects import overrides
from lab.defects.model import defect

DEFECTS = (
    defect(
        "unmatched-falls-through",
        "A request that no rule matches is forwarded to the Service's own endpoints",
        breaks=("attachment.unmatched-rejected", "attachment.unmatched-many-routes"),
        cause="The mesh adds a route's rules in front of the forwarding it already had, instead of in its place.",
        unmatched=overrides.forward_unmatched,
    ),
    defect(
        "consumer-route-applied-to-everyone",
        "Consumer routes govern the callers of every namespace",
        breaks=("producer-consumer.consumer-not-producer-namespace", "producer-consumer.consumer-not-third-namespace"),
        cause="Callers without routes of their own get what is stored for the Service, consumer routes included.",
        group_routes=overrides.consumers_for_everyone,
    ),
    defect(
        "consumer-merged-with-producer",
        "In a consumer's namespace consumer and producer routes are merged",
        breaks=("producer-consumer.no-merge-across-groups", "producer-consumer.consumer-overrides-producer"),
        cause="The mesh merges all routes that a caller can see, as a Gateway does with the routes of a listener.",
        group_routes=overrides.add_producer_to_consumers,
    ),
    defect(
        "timeout-ignored",
        "Timeouts of a rule have no effect",
        breaks=("timeouts.request-504",),
        cause="The field is optional for an implementation, and this one accepts routes that set it all the same.",
        timeout=overrides.no_timeout,
    ),
    defect(
        "weights-ignored",
        "All backends of a rule get the same share",
        breaks=("weights.proportional", "weights.zero-gets-nothing"),
        cause="The mesh hands the backends to a balancer as one flat list and loses the weights on the way.",
        weight=overrides.equal_weight,
    ),
    defect(
        "pod-ip-intercepted",
        "Requests to a pod's own address are governed by the routes of the Services that select it",
        breaks=("frontend-backend.pod-ip-bypasses-routes",),
        cause="The proxy captures all traffic to the pod's port and can no longer tell which frontend was dialled.",
        intercepted_pods=overrides.selected_pods,
    ),
    defect(
        "stalls-on-hazard",
        "After a route with a regular expression that does not compile, no configuration is taken in any more",
        breaks=("status.partially-invalid",),
        cause="One rejected resource blocks the control plane's queue for ever, and all later ones wait behind it.",
        stalls=overrides.on_bad_pattern,
    ),
)
