"""Deployments: which ReplicaSets there are to be, and how large. Pure.

https://kubernetes.io/docs/concepts/workloads/controllers/deployment/: a changed template gets a ReplicaSet of its own,
and pods move over within maxSurge and maxUnavailable.
"""

from __future__ import annotations

import copy
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab.node.controllers.objects import Object, changed_condition, condition, counts, owner

HASH_LABEL = "pod-template-hash"
_HISTORY = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do for one Deployment; ``scale`` are (ReplicaSet, replicas), ``status`` is a merge patch."""

    create: Object | None
    scale: tuple[tuple[Object, int], ...]
    delete: tuple[Object, ...]
    status: Object


def plan(deployment: Object, replica_sets: Sequence[Object]) -> Plan:
    """The next step; each step changes what is observed, and the next call continues."""
    digest = template_hash(deployment["spec"]["template"])
    current = next((one for one in replica_sets if one["metadata"]["labels"].get(HASH_LABEL) == digest), None)
    old = [one for one in replica_sets if one is not current]
    status = _status(deployment, current, old)
    surge, unavailable = limits(deployment["spec"])
    if current is None:
        return Plan(_new(deployment, digest, _first_size(deployment, old, surge)), (), (), status)
    scale = _scale(deployment, current, old, surge, unavailable)
    return Plan(None, tuple(scale), tuple(_outlived(deployment, old)), status)


def template_hash(template: Mapping[str, Any]) -> str:
    """Tells templates apart; the same template always has the same hash."""
    text = json.dumps(template, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def limits(spec: Mapping[str, Any]) -> tuple[int, int]:
    """How many pods there may be above, and how many available ones below, the wanted number."""
    rolling = (spec.get("strategy") or {}).get("rollingUpdate") or {}
    wanted = spec.get("replicas", 1)
    surge = _part(rolling.get("maxSurge", "25%"), wanted, math.ceil)
    unavailable = _part(rolling.get("maxUnavailable", "25%"), wanted, math.floor)
    return surge, unavailable if surge or unavailable else 1


def _part(value: int | str, whole: int, rounded: Any) -> int:
    return value if isinstance(value, int) else int(rounded(int(value.rstrip("%")) * whole / 100))


def _recreates(deployment: Object) -> bool:
    return bool((deployment["spec"].get("strategy") or {}).get("type") == "Recreate")


def _first_size(deployment: Object, old: Sequence[Object], surge: int) -> int:
    wanted = int(deployment["spec"].get("replicas", 1))
    running = sum(size(one) for one in old)
    if _recreates(deployment):
        return 0 if running or any(_count(one, "replicas") for one in old) else wanted
    return max(0, min(wanted, wanted + surge - running))


def _scale(
    deployment: Object, current: Object, old: Sequence[Object], surge: int, unavailable: int
) -> list[tuple[Object, int]]:
    wanted = deployment["spec"].get("replicas", 1)
    remaining = [one for one in old if size(one) or _count(one, "replicas")]
    if _recreates(deployment) and remaining:
        return [(one, 0) for one in remaining if size(one)]
    changes = []
    grown = max(0, min(wanted, max(size(current), wanted + surge - sum(size(one) for one in old))))
    if grown != size(current):
        changes.append((current, grown))
    # What may go: everything above the least number of available pods, counting new ones only once they are available.
    total = sum(size(one) for one in [*old, current])
    spare = total - (wanted - unavailable) - (size(current) - _count(current, "availableReplicas"))
    for one in sorted(remaining, key=lambda one: _count(one, "availableReplicas")):
        less = min(size(one), max(spare, 0))
        if less:
            changes.append((one, size(one) - less))
            spare -= less
    return changes


def size(replica_set: Mapping[str, Any]) -> int:
    """How many pods a ReplicaSet is to have."""
    return int(replica_set["spec"].get("replicas", 1))


def _count(replica_set: Mapping[str, Any], field: str) -> int:
    return (replica_set.get("status") or {}).get(field) or 0


def _outlived(deployment: Object, old: Sequence[Object]) -> list[Object]:
    """Empty ReplicaSets beyond the history that a Deployment keeps, oldest first."""
    empty = [one for one in old if not size(one) and not _count(one, "replicas")]
    kept = deployment["spec"].get("revisionHistoryLimit", _HISTORY)
    empty.sort(key=lambda one: (one["metadata"]["creationTimestamp"], one["metadata"]["name"]))
    return empty[: max(0, len(empty) - kept)]


def _new(deployment: Object, digest: str, replicas: int) -> Object:
    meta = deployment["metadata"]
    template = copy.deepcopy(deployment["spec"]["template"])
    template.setdefault("metadata", {}).setdefault("labels", {})[HASH_LABEL] = digest
    selector = copy.deepcopy(deployment["spec"]["selector"])
    selector.setdefault("matchLabels", {})[HASH_LABEL] = digest
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{meta['name']}-{digest}",
            "namespace": meta["namespace"],
            "labels": template["metadata"]["labels"],
            "ownerReferences": [owner(deployment)],
        },
        "spec": {"replicas": replicas, "selector": selector, "template": template},
    }


def _status(deployment: Object, current: Object | None, old: Sequence[Object]) -> Object:
    every = [*old, *([current] if current else [])]
    wanted = deployment["spec"].get("replicas", 1)
    total, ready, available = (
        sum(_count(one, field) for one in every) for field in ("replicas", "readyReplicas", "availableReplicas")
    )
    updated = _count(current, "replicas") if current else 0
    enough = available >= wanted - limits(deployment["spec"])[1]
    complete = updated == wanted == total == available
    name = deployment["metadata"]["name"]
    return {
        "observedGeneration": deployment["metadata"].get("generation", 1),
        **counts(
            replicas=total,
            updatedReplicas=updated,
            readyReplicas=ready,
            availableReplicas=available,
            unavailableReplicas=max(0, wanted - available),
        ),
        "conditions": [
            changed_condition(
                deployment,
                "Available",
                enough,
                "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
                f"Deployment {'has' if enough else 'does not have'} minimum availability.",
            ),
            changed_condition(
                deployment,
                "Progressing",
                True,
                "NewReplicaSetAvailable" if complete else "ReplicaSetUpdated",
                f'Deployment "{name}" {"is complete" if complete else "is progressing"}.',
            ),
            *([failure] if (failure := condition(current or {}, "ReplicaFailure")) else []),
        ],
    }
