"""Which node a pod runs on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lab.node.cache import owner_uid
from lab.node.controllers.objects import Object, is_over


def choose(pod: Object, pods: Iterable[Object], nodes: Sequence[str]) -> str:
    """The node with the fewest pods of the same owner; among equals, with the fewest of those that the pod would rather
    not be with (preferred podAntiAffinity); then of the same app in any namespace; then of any.

    So replicas spread, and clients as well as backends are found on every node.
    """
    placed = [one for one in pods if one["spec"].get("nodeName") and not is_over(one)]
    owner, app = owner_uid(pod), _app(pod)
    shunned = [one for one in placed if _shuns(pod, one)]

    def load(node: str) -> tuple[int, int, int, int, str]:
        here = [one for one in placed if one["spec"]["nodeName"] == node]
        siblings = sum(bool(owner) and owner_uid(one) == owner for one in here)
        alike = sum(_app(one) == app for one in here)
        return siblings, sum(one in here for one in shunned), alike, len(here), node

    return min(nodes, key=load)


def _shuns(pod: Object, other: Object) -> bool:
    """Whether the pod would rather be on another node than this pod of its namespace."""
    affinity = (pod["spec"].get("affinity") or {}).get("podAntiAffinity") or {}
    if pod["metadata"].get("namespace") != other["metadata"].get("namespace"):
        return False
    labels = other["metadata"].get("labels") or {}
    return any(
        _selects(term["podAffinityTerm"].get("labelSelector") or {}, labels)
        for term in affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    )


def _selects(selector: Object, labels: Object) -> bool:
    """Labels by equality, and by the operator In."""
    equal = all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items())
    return equal and all(
        each["operator"] == "In" and labels.get(each["key"]) in each["values"]
        for each in selector.get("matchExpressions") or ()
    )


def _app(pod: Object) -> str:
    return str((pod["metadata"].get("labels") or {}).get("app", ""))
