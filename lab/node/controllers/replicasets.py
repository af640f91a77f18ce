"""ReplicaSets: how many pods to make, which to take away. Pure."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

from lab.node.controllers.objects import (
    Object,
    changed_condition,
    counts,
    is_ending,
    is_over,
    is_ready,
    now,
    owner,
    selects,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do for one ReplicaSet; ``status`` is a merge patch."""

    create: int
    delete: tuple[Object, ...]
    status: Object


def plan(replica_set: Object, pods: Sequence[Object]) -> Plan:
    """Compare the wanted number with the pods it owns; those that end or have ended do not count."""
    wanted = replica_set["spec"].get("replicas", 1)
    active = [pod for pod in pods if not is_ending(pod) and not is_over(pod)]
    surplus = sorted(active, key=_worth)[: max(0, len(active) - wanted)]
    ready = sum(is_ready(pod) for pod in active)
    labels = replica_set["spec"]["template"]["metadata"].get("labels") or {}
    fully = sum(selects({"matchLabels": labels}, pod["metadata"].get("labels") or {}) for pod in active)
    status = {
        # A ReplicaSet of no pods says so: its `replicas` is the one count that is always written.
        "replicas": len(active),
        **counts(fullyLabeledReplicas=fully, readyReplicas=ready, availableReplicas=ready),
        "observedGeneration": replica_set["metadata"].get("generation", 1),
        "conditions": None,
    }
    return Plan(max(0, wanted - len(active)), tuple(surplus), status)


def _worth(pod: Object) -> tuple[bool, bool, int, str]:
    """Pods without a node or not ready go first, then the newest."""
    born = pod["metadata"]["creationTimestamp"]
    newest_first = -int(born.translate(str.maketrans("", "", "-:TZ")))
    return bool(pod["spec"].get("nodeName")), is_ready(pod), newest_first, pod["metadata"]["name"]


def failing(replica_set: Object, why: str) -> Object:
    """The status that says why pods are missing."""
    return {"conditions": [changed_condition(replica_set, "ReplicaFailure", True, "FailedCreate", why)]}


def failed_create(replica_set: Object, why: str) -> Object:
    """The event that says why a pod could not be made."""
    meta = replica_set["metadata"]
    about = {"apiVersion": replica_set["apiVersion"], "kind": replica_set["kind"]}
    moment = now()
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": f"{meta['name']}.", "namespace": meta["namespace"]},
        "involvedObject": {**about, **{name: meta[name] for name in ("name", "namespace", "uid")}},
        "type": "Warning",
        "reason": "FailedCreate",
        "message": f"Error creating: {why}",
        "source": {"component": "replicaset-controller"},
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "count": 1,
    }


def new_pod(replica_set: Object) -> Object:
    """A pod after the ReplicaSet's template; the server completes its name."""
    template = copy.deepcopy(replica_set["spec"]["template"])
    meta = template.get("metadata") or {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": f"{replica_set['metadata']['name']}-",
            "namespace": replica_set["metadata"]["namespace"],
            **{name: meta[name] for name in ("labels", "annotations") if meta.get(name)},
            "ownerReferences": [owner(replica_set)],
        },
        "spec": template["spec"],
    }
