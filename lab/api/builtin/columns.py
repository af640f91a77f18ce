"""The columns of ``kubectl get`` for the built-in resources."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lab.api import clock
from lab.api.decode import dig
from lab.api.resources import Column
from lab.api.tables import age_column, name_column

Object = dict[str, Any]
Cell = Callable[[Object], Any]


def _text(name: str, cell: Cell, *, wide: bool = False) -> Column:
    return Column(name, "string", cell, 1 if wide else 0)


def _number(name: str, cell: Cell) -> Column:
    return Column(name, "integer", cell)


def _at(*path: str, missing: Any = "<none>") -> Cell:
    def cell(obj: Object) -> Any:
        value = dig(obj, *path)
        return missing if value is None or value == "" else value

    return cell


def _table(*columns: Column) -> tuple[Column, ...]:
    return (name_column(), *columns)


def _containers_ready(pod: Object) -> str:
    statuses = dig(pod, "status", "containerStatuses") or []
    ready = sum(1 for status in statuses if status.get("ready"))
    return f"{ready}/{len(pod['spec'].get('containers') or ())}"


def _pod_status(pod: Object) -> str:
    if pod["metadata"].get("deletionTimestamp"):
        return "Terminating"
    for status in dig(pod, "status", "containerStatuses") or ():
        state = status.get("state") or {}
        for name in ("waiting", "terminated"):
            if reason := (state.get(name) or {}).get("reason"):
                return str(reason)
    return str(dig(pod, "status", "reason") or dig(pod, "status", "phase") or "Unknown")


def _restarts(pod: Object) -> str:
    statuses = dig(pod, "status", "containerStatuses") or []
    return str(sum(status.get("restartCount", 0) for status in statuses))


def _service_ports(service: Object) -> str:
    shown = []
    for port in service["spec"].get("ports") or ():
        node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
        shown.append(f"{port['port']}{node_port}/{port.get('protocol', 'TCP')}")
    return ",".join(shown) or "<none>"


def _external_ip(service: Object) -> str:
    spec = service["spec"]
    if spec.get("type") == "ExternalName":
        return str(spec.get("externalName", "<none>"))
    if spec.get("externalIPs"):
        return ",".join(spec["externalIPs"])
    return "<pending>" if spec.get("type") == "LoadBalancer" else "<none>"


def _selector(*path: str) -> Cell:
    def cell(obj: Object) -> str:
        found = dig(obj, *path) or {}
        return ",".join(f"{key}={value}" for key, value in sorted(found.items())) or "<none>"

    return cell


def _images(*path: str) -> Cell:
    return lambda obj: ",".join(str(each.get("image", "")) for each in dig(obj, *path) or ())


def _container_names(*path: str) -> Cell:
    return lambda obj: ",".join(str(each.get("name", "")) for each in dig(obj, *path) or ())


def _node_status(node: Object) -> str:
    conditions = dig(node, "status", "conditions") or []
    ready = next((each["status"] for each in conditions if each["type"] == "Ready"), "Unknown")
    shown = {"True": "Ready", "False": "NotReady"}.get(ready, "Unknown")
    return f"{shown},SchedulingDisabled" if dig(node, "spec", "unschedulable") else shown


def _slice_ports(obj: Object) -> str:
    return _limited((str(port.get("port", "")) for port in obj.get("ports") or ()), "<unset>")


def _slice_endpoints(obj: Object) -> str:
    found = (address for endpoint in obj.get("endpoints") or () for address in endpoint.get("addresses") or ())
    return _limited(found, "<unset>")


def _limited(values: Iterable[str], none: str) -> str:
    found = list(values)
    more = f" + {len(found) - 3} more..." if len(found) > 3 else ""
    return ",".join(found[:3]) + more if found else none


def _endpoints(obj: Object) -> str:
    found = [
        f"{address['ip']}:{port['port']}"
        for subset in obj.get("subsets") or ()
        for port in subset.get("ports") or ()
        for address in subset.get("addresses") or ()
    ]
    return _limited(found, "<none>")


def _involved(event: Object) -> str:
    about = event.get("involvedObject") or event.get("regarding") or {}
    return f"{str(about.get('kind', '')).lower()}/{about.get('name', '')}"


_PODS = ("spec", "template", "spec", "containers")

COLUMNS: dict[str, tuple[Column, ...]] = {
    "Namespace": _table(_text("Status", _at("status", "phase")), age_column()),
    "Pod": _table(
        _text("Ready", _containers_ready),
        _text("Status", _pod_status),
        _text("Restarts", _restarts),
        age_column(),
        _text("IP", _at("status", "podIP"), wide=True),
        _text("Node", _at("spec", "nodeName"), wide=True),
        _text("Nominated Node", _at("status", "nominatedNodeName"), wide=True),
        _text("Readiness Gates", lambda _pod: "<none>", wide=True),
    ),
    "Service": _table(
        _text("Type", _at("spec", "type")),
        _text("Cluster-IP", _at("spec", "clusterIP")),
        _text("External-IP", _external_ip),
        _text("Port(s)", _service_ports),
        age_column(),
        _text("Selector", _selector("spec", "selector"), wide=True),
    ),
    "Endpoints": _table(_text("Endpoints", _endpoints), age_column()),
    "ConfigMap": _table(
        _number("Data", lambda obj: len(obj.get("data") or ()) + len(obj.get("binaryData") or ())), age_column()
    ),
    "Secret": _table(_text("Type", _at("type")), _number("Data", lambda obj: len(obj.get("data") or ())), age_column()),
    "ServiceAccount": _table(_number("Secrets", lambda obj: len(obj.get("secrets") or ())), age_column()),
    "Node": _table(
        _text("Status", _node_status),
        _text("Roles", lambda _node: "<none>"),
        age_column(),
        _text("Version", _at("status", "nodeInfo", "kubeletVersion", missing="")),
    ),
    "Event": (
        Column("Last Seen", "string", lambda obj: clock.age(obj.get("lastTimestamp") or obj.get("eventTime"))),
        _text("Type", _at("type", missing="")),
        _text("Reason", _at("reason", missing="")),
        _text("Object", _involved),
        _text("Message", lambda obj: (obj.get("message") or obj.get("note") or "").strip()),
        Column("Name", "string", lambda obj: obj["metadata"]["name"], 1, format="name"),
    ),
    "Deployment": _table(
        _text(
            "Ready", lambda obj: f"{_at('status', 'readyReplicas', missing=0)(obj)}/{obj['spec'].get('replicas', 1)}"
        ),
        _number("Up-to-date", _at("status", "updatedReplicas", missing=0)),
        _number("Available", _at("status", "availableReplicas", missing=0)),
        age_column(),
        _text("Containers", _container_names(*_PODS), wide=True),
        _text("Images", _images(*_PODS), wide=True),
        _text("Selector", _selector("spec", "selector", "matchLabels"), wide=True),
    ),
    "ReplicaSet": _table(
        _number("Desired", _at("spec", "replicas", missing=0)),
        _number("Current", _at("status", "replicas", missing=0)),
        _number("Ready", _at("status", "readyReplicas", missing=0)),
        age_column(),
        _text("Containers", _container_names(*_PODS), wide=True),
        _text("Images", _images(*_PODS), wide=True),
        _text("Selector", _selector("spec", "selector", "matchLabels"), wide=True),
    ),
    "EndpointSlice": _table(
        _text("AddressType", _at("addressType")),
        _text("Ports", _slice_ports),
        _text("Endpoints", _slice_endpoints),
        age_column(),
    ),
    "Lease": _table(_text("Holder", _at("spec", "holderIdentity", missing="")), age_column()),
    "CustomResourceDefinition": _table(
        Column("Created At", "date", lambda obj: obj["metadata"].get("creationTimestamp", ""))
    ),
}
