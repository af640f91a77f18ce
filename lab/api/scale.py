"""The ``scale`` subresource: the number of replicas as an object of its own."""

from __future__ import annotations

from typing import Any

from lab.api.decode import copy, dig
from lab.api.errors import bad_request, no_such_path
from lab.api.operations import Operations, PatchKind, Target
from lab.api.options import WriteOptions
from lab.api.patch import json_patch, merge_patch
from lab.api.resources import ScalePaths

Object = dict[str, Any]


def _paths(target: Target) -> ScalePaths:
    if target.resource.scale is None:
        raise no_such_path()
    return target.resource.scale


def read(operations: Operations, target: Target) -> Object:
    """The ``Scale`` of an object. Raises StatusError (404)."""
    return _scale_of(target, operations.get(_whole(target)).obj)


def _whole(target: Target) -> Target:
    return Target(target.resource, target.namespace, target.name)


def _scale_of(target: Target, obj: Object) -> Object:
    paths = _paths(target)
    meta = {
        key: obj["metadata"][key]
        for key in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        if key in obj["metadata"]
    }
    status: Object = {"replicas": dig(obj, *paths.status) or 0}
    if selector := _selector_text(dig(obj, *paths.selector) if paths.selector else None):
        status["selector"] = selector
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": meta,
        "spec": {"replicas": dig(obj, *paths.replicas) or 0},
        "status": status,
    }


def _selector_text(selector: Any) -> str:
    if isinstance(selector, str):
        return selector
    labels = dig(selector or {}, "matchLabels") or {}
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def replace(operations: Operations, target: Target, body: Object, options: WriteOptions) -> Object:
    """Set the number of replicas. Raises StatusError."""
    replicas = dig(body, "spec", "replicas")
    if replicas is None:
        replicas = 0
    if not isinstance(replicas, int) or isinstance(replicas, bool) or replicas < 0:
        raise bad_request(f"spec.replicas: Invalid value: {replicas!r}: must be greater than or equal to 0")
    whole = _whole(target)
    obj = copy(operations.get(whole).obj)
    version = dig(body, "metadata", "resourceVersion")
    if version:
        obj["metadata"]["resourceVersion"] = version
    place = obj
    *parents, last = _paths(target).replicas
    for name in parents:
        place = place.setdefault(name, {})
    place[last] = replicas
    return _scale_of(target, operations.update(whole, obj, options).stored.obj)


def patch(operations: Operations, target: Target, kind: PatchKind, body: Any, options: WriteOptions) -> Object:
    """Patch the ``Scale``, which has no lists: strategic merge and apply are merge patches of it."""
    current = read(operations, target)
    changed = json_patch(current, body) if kind == "json" else merge_patch(current, body)
    if dig(body if isinstance(body, dict) else {}, "metadata", "resourceVersion") is None:
        changed["metadata"].pop("resourceVersion", None)
    return replace(operations, target, changed, options)
