"""Small questions about Kubernetes objects that several controllers ask. Pure."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

Object = dict[str, Any]


def now() -> str:
    """This moment as the API writes it: UTC, whole seconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector (matchLabels and matchExpressions) matches."""
    if any(labels.get(name) != value for name, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_holds(rule, labels) for rule in selector.get("matchExpressions") or ())


def _holds(rule: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    present, value = rule["key"] in labels, labels.get(rule["key"])
    match rule["operator"]:
        case "In":
            return present and value in rule["values"]
        case "NotIn":
            return value not in rule["values"]
        case "Exists":
            return present
        case _:
            return not present


def condition(obj: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The condition of this type, empty if there is none."""
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return next((one for one in conditions if one["type"] == kind), {})


def is_ready(pod: Mapping[str, Any]) -> bool:
    """Whether a pod is Ready."""
    return condition(pod, "Ready").get("status") == "True"


def is_ending(obj: Mapping[str, Any]) -> bool:
    """Whether an object is being deleted."""
    return bool(obj["metadata"].get("deletionTimestamp"))


def is_over(pod: Mapping[str, Any]) -> bool:
    """Whether a pod's containers have ended for good."""
    return (pod.get("status") or {}).get("phase") in {"Succeeded", "Failed"}


def counts(**numbers: int) -> dict[str, int | None]:
    """Numbers for the merge patch of a status: zero is written as absence, as Kubernetes does."""
    return {name: value or None for name, value in numbers.items()}


def owner(obj: Mapping[str, Any]) -> Object:
    """The reference to the controller that makes an object."""
    return {
        "apiVersion": obj["apiVersion"],
        "kind": obj["kind"],
        "name": obj["metadata"]["name"],
        "uid": obj["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def changed_condition(obj: Mapping[str, Any], kind: str, status: bool, reason: str, message: str) -> Object:
    """A condition; its transition time moves only when its status does."""
    before = condition(obj, kind)
    text = "True" if status else "False"
    kept = before.get("lastTransitionTime") if before.get("status") == text else None
    return {
        "type": kind,
        "status": text,
        "reason": reason,
        "message": message,
        "lastTransitionTime": kept or now(),
    }
