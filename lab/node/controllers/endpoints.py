"""EndpointSlices: which pods stand behind a Service, and on which ports. Pure.

https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab.node.controllers.objects import Object, is_ending, is_over, is_ready, owner

SERVICE_LABEL = "kubernetes.io/service-name"
MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by"
MANAGER = "endpointslice-controller.k8s.io"
_HEADLESS_LABEL = "service.kubernetes.io/headless"


@dataclass(frozen=True, slots=True)
class Changes:
    """What makes the slices that exist those that are wanted; ``update`` are complete objects."""

    create: tuple[Object, ...]
    update: tuple[Object, ...]
    delete: tuple[Object, ...]


def wants_slices(service: Object) -> bool:
    """Whether the controller makes slices for a Service: without a selector they are the user's own."""
    return bool(service["spec"].get("selector")) and service["spec"].get("type") != "ExternalName"


def is_ours(one: Object) -> bool:
    """Whether a slice was made by this controller."""
    return (one["metadata"].get("labels") or {}).get(MANAGED_BY_LABEL) == MANAGER


def slices(service: Object, pods: Iterable[Object]) -> list[Object]:
    """One slice for each set of port numbers: pods may resolve a named targetPort differently."""
    groups: dict[str, tuple[list[Object], list[Object]]] = {}
    for pod in sorted(pods, key=lambda pod: pod["metadata"]["name"]):
        if _belongs(service, pod):
            ports = _ports(service, pod)
            group = groups.setdefault(json.dumps(ports), (ports, []))
            group[1].append(_endpoint(service, pod))
    if not groups:
        groups[""] = ([], [])
    return [_slice(service, ports, endpoints) for ports, endpoints in groups.values()]


def _belongs(service: Object, pod: Object) -> bool:
    if pod["metadata"]["namespace"] != service["metadata"]["namespace"] or is_over(pod):
        return False
    labels = pod["metadata"].get("labels") or {}
    chosen = all(labels.get(name) == value for name, value in service["spec"]["selector"].items())
    return chosen and bool((pod.get("status") or {}).get("podIP"))


def _ports(service: Object, pod: Object) -> list[Object]:
    """The Service's ports as numbers of this pod; one that the pod does not have is left out."""
    found = []
    for port in service["spec"].get("ports") or ():
        number = _resolve(port.get("targetPort", port["port"]), port.get("protocol", "TCP"), pod)
        if number is not None:
            entry: Object = {"name": port.get("name", ""), "port": number, "protocol": port.get("protocol", "TCP")}
            if port.get("appProtocol"):
                entry["appProtocol"] = port["appProtocol"]
            found.append(entry)
    return found


def _resolve(target: int | str, protocol: str, pod: Object) -> int | None:
    if isinstance(target, int):
        return target
    for container in pod["spec"]["containers"]:
        for port in container.get("ports") or ():
            if port.get("name") == target and port.get("protocol", "TCP") == protocol:
                return int(port["containerPort"])
    return None


def _endpoint(service: Object, pod: Object) -> Object:
    ready, ending = is_ready(pod), is_ending(pod)
    published = bool(service["spec"].get("publishNotReadyAddresses"))
    meta = pod["metadata"]
    endpoint: Object = {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": published or (ready and not ending), "serving": ready, "terminating": ending},
        "nodeName": pod["spec"]["nodeName"],
        "targetRef": {"kind": "Pod", "name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]},
    }
    if pod["spec"].get("hostname") and pod["spec"].get("subdomain") == service["metadata"]["name"]:
        endpoint["hostname"] = pod["spec"]["hostname"]
    return endpoint


def _slice(service: Object, ports: Sequence[Object], endpoints: Sequence[Object]) -> Object:
    meta = service["metadata"]
    digest = hashlib.sha256(json.dumps([meta["uid"], list(ports)]).encode()).hexdigest()[:5]
    headless = {_HEADLESS_LABEL: ""} if service["spec"].get("clusterIP") == "None" else {}
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{meta['name']}-{digest}",
            "namespace": meta["namespace"],
            "labels": {
                **(meta.get("labels") or {}),
                SERVICE_LABEL: meta["name"],
                MANAGED_BY_LABEL: MANAGER,
                **headless,
            },
            "ownerReferences": [owner(service)],
        },
        "addressType": "IPv4",
        "endpoints": list(endpoints),
        "ports": list(ports),
    }


def changes(existing: Iterable[Object], wanted: Iterable[Object]) -> Changes:
    """The difference. A slice keeps its name when its ports change, so that readers see an update, never a gap."""
    left = {one["metadata"]["name"]: one for one in existing}
    pairs: list[tuple[Object | None, Object]] = []
    for aim in wanted:
        same = left.pop(aim["metadata"]["name"], None) or _pop_like(left, aim["ports"])
        pairs.append((same, aim))
    for index, (one, aim) in enumerate(pairs):
        if one is None and left:
            pairs[index] = (left.pop(min(left)), aim)
    return Changes(
        create=tuple(aim for one, aim in pairs if one is None),
        update=tuple(_updated(one, aim) for one, aim in pairs if one is not None and _content(one) != _content(aim)),
        delete=tuple(left.values()),
    )


def _pop_like(left: dict[str, Object], ports: Sequence[Object]) -> Object | None:
    name = next((name for name, one in left.items() if (one.get("ports") or []) == ports), None)
    return left.pop(name) if name is not None else None


def _content(one: Mapping[str, Any]) -> tuple[Any, ...]:
    return one.get("endpoints") or [], one.get("ports") or [], one["metadata"].get("labels") or {}


def _updated(one: Object, aim: Object) -> Object:
    meta = {**one["metadata"], "labels": aim["metadata"]["labels"]}
    return {**one, "metadata": meta, "endpoints": aim["endpoints"], "ports": aim["ports"]}
