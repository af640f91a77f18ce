"""Pods, Deployments and ReplicaSets: defaults and what a real API server refuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lab.api.decode import copy, dig
from lab.api.errors import Cause
from lab.api.names import LABEL
from lab.api.selectors import matches_map

Object = dict[str, Any]

_NOT_READY = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


def default_pod(obj: Object) -> Object:
    """What every pod has; the type's static defaults are there already."""
    spec = obj.setdefault("spec", {})
    default_pod_spec(spec)
    account = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
    spec["serviceAccountName"] = spec["serviceAccount"] = account
    spec.setdefault("enableServiceLinks", True)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    spec.setdefault("priority", 0)
    spec.setdefault(
        "tolerations",
        [{"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300} for key in _NOT_READY],
    )
    status = obj.setdefault("status", {})
    status.setdefault("phase", "Pending")
    status.setdefault("qosClass", _qos_class(spec))
    return obj


def _qos_class(spec: Object) -> str:
    resources = [container.get("resources") or {} for container in spec.get("containers") or ()]
    if not any(each.get("limits") or each.get("requests") for each in resources):
        return "BestEffort"
    complete = all({"cpu", "memory"} <= set(each.get("limits") or ()) for each in resources)
    equal = all(each.get("requests", each.get("limits")) == each.get("limits") for each in resources)
    return "Guaranteed" if complete and equal else "Burstable"


def default_pod_spec(spec: Object) -> None:
    """What pods and pod templates share."""
    spec.setdefault("securityContext", {})
    for container in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]:
        container.setdefault("resources", {})
        if "imagePullPolicy" not in container:
            container["imagePullPolicy"] = _pull_policy(container.get("image", ""))
    for volume in spec.get("volumes") or ():
        if len(volume) == 1:
            volume["emptyDir"] = {}


def _pull_policy(image: str) -> str:
    last = image.rpartition("/")[2]
    tagged = "@" in image or ":" in last
    return "IfNotPresent" if tagged and not last.endswith(":latest") else "Always"


def default_replica_set(obj: Object) -> Object:
    """Defaults of a ReplicaSet."""
    default_pod_spec(obj.setdefault("spec", {}).setdefault("template", {}).setdefault("spec", {}))
    return obj


def default_deployment(obj: Object) -> Object:
    """Defaults of a Deployment."""
    spec = obj.setdefault("spec", {})
    strategy = spec.setdefault("strategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    default_pod_spec(spec.setdefault("template", {}).setdefault("spec", {}))
    return obj


def validate_pod(new: Object, old: Object | None) -> Iterable[Cause]:
    """Everything wrong with a pod; after creation only little of its spec may change."""
    yield from _pod_spec_problems(new["spec"], "spec")
    if (old is not None and _fixed(new["spec"]) != _fixed(old["spec"])) or _moved(new, old):
        message = (
            "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
            "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to "
            "existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
            "previously negative)"
        )
        yield Cause("FieldValueForbidden", message, "spec")


def _fixed(spec: Object) -> Object:
    """The part of a pod spec that stays as it was created."""
    fixed: Object = copy(spec)
    for name in ("nodeName", "activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"):
        fixed.pop(name, None)
    for container in [*(fixed.get("containers") or ()), *(fixed.get("initContainers") or ())]:
        container.pop("image", None)
    return fixed


def _moved(new: Object, old: Object | None) -> bool:
    """Whether a pod that has a node is given another; the first one is the scheduler's to set."""
    before = dig(old or {}, "spec", "nodeName")
    return bool(before) and new["spec"].get("nodeName") != before


def validate_replica_set(new: Object, old: Object | None) -> Iterable[Cause]:
    """Everything wrong with a ReplicaSet or Deployment."""
    spec = new["spec"]
    if spec.get("replicas", 1) < 0:
        message = f"Invalid value: {spec['replicas']}: must be greater than or equal to 0"
        yield Cause("FieldValueInvalid", message, "spec.replicas")
    selector = spec.get("selector")
    if selector is None:
        yield Cause("FieldValueRequired", "Required value", "spec.selector")
    elif not selector.get("matchLabels") and not selector.get("matchExpressions"):
        message = "Invalid value: {}: empty selector is invalid for deployment"
        yield Cause("FieldValueInvalid", message, "spec.selector")
    elif not matches_map(selector.get("matchLabels") or {}, dig(spec, "template", "metadata", "labels") or {}):
        labels = dig(spec, "template", "metadata", "labels") or {}
        message = f"Invalid value: {labels}: `selector` does not match template `labels`".replace("'", '"')
        yield Cause("FieldValueInvalid", message, "spec.template.metadata.labels")
    if old is not None and old["spec"].get("selector") != selector:
        yield Cause("FieldValueInvalid", "Invalid value: field is immutable", "spec.selector")
    template = spec["template"]["spec"]
    yield from _pod_spec_problems(template, "spec.template.spec")
    if template.get("restartPolicy") != "Always":
        message = f'Unsupported value: "{template.get("restartPolicy")}": supported values: "Always"'
        yield Cause("FieldValueNotSupported", message, "spec.template.spec.restartPolicy")


def _pod_spec_problems(spec: Object, where: str) -> Iterator[Cause]:
    containers = spec.get("containers") or []
    if not containers:
        yield Cause("FieldValueRequired", "Required value", f"{where}.containers")
    volumes = {volume.get("name") for volume in spec.get("volumes") or ()}
    names: set[str] = set()
    for index, container in enumerate(containers):
        at = f"{where}.containers[{index}]"
        name = container.get("name", "")
        if not name:
            yield Cause("FieldValueRequired", "Required value", f"{at}.name")
        elif problem := LABEL.problem(name):
            yield Cause("FieldValueInvalid", f'Invalid value: "{name}": {problem}', f"{at}.name")
        elif name in names:
            yield Cause("FieldValueDuplicate", f'Duplicate value: "{name}"', f"{at}.name")
        names.add(name)
        if not container.get("image"):
            yield Cause("FieldValueRequired", "Required value", f"{at}.image")
        for place, mount in enumerate(container.get("volumeMounts") or ()):
            if mount.get("name") not in volumes:
                message = f'Not found: "{mount.get("name")}"'
                yield Cause("FieldValueNotFound", message, f"{at}.volumeMounts[{place}].name")
