"""Services and EndpointSlices: pod ports with their one protocol, and addresses of our own pods."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.scenario.derived import Obj
from harness.scenario.destination import pod_place
from harness.scenario.places import APP_PROTOCOLS, ECHOES, NAMESPACES, role_of
from harness.scenario.shape import Finding, Path

_SERVICE = ("selector", "ports", "type", "clusterIP", "externalName", "publishNotReadyAddresses")
_PORT = ("name", "port", "targetPort", "appProtocol", "protocol")
_OURS = re.compile(rf"[a-z0-9-]+\.({'|'.join(NAMESPACES)})\.svc\.cluster\.local")
_OWNER = "kubernetes.io/service-name"


def service(body: Mapping[str, Any]) -> Iterator[Finding]:
    """A Service: fields that we use, ports that a pod listens on, and no name that leads out of our namespaces."""
    for key in body:
        if key not in _SERVICE:
            yield ("spec", key), f"the Service has {key!r}", f"allowed: {', '.join(_SERVICE)}"
    if "externalName" in body and not _OURS.fullmatch(str(body["externalName"])):
        text = f"externalName {body['externalName']!r} is no Service of ours"
        yield ("spec", "externalName"), text, "write NAME.gamma-producer.svc.cluster.local"
    for index, port in enumerate(body["ports"]):
        yield from _port(port, ("spec", "ports", index), named=len(body["ports"]) > 1)


def _port(port: Mapping[str, Any], place: Path, *, named: bool) -> Iterator[Finding]:
    for key in port:
        if key not in _PORT:
            yield (*place, key), f"the port has {key!r}", f"allowed: {', '.join(_PORT)}"
    if named and not port.get("name"):
        yield place, "one of several ports has no name", "Kubernetes wants a name for each"
    target = port.get("targetPort", port["port"])
    if target not in APP_PROTOCOLS:
        listening = ", ".join(map(str, APP_PROTOCOLS))
        yield (*place, "targetPort"), f"no pod listens on {target!r}", f"target one of: {listening}"
    elif port.get("appProtocol") != APP_PROTOCOLS[target]:
        wanted = APP_PROTOCOLS[target]
        text = f"appProtocol {port.get('appProtocol')!r} for the pod port {target}"
        fix = f"write appProtocol: {wanted}" if wanted else "leave appProtocol out"
        yield (*place, "appProtocol"), text, f"{fix}: every Service gives a pod port the same one"


def endpoint_slice(obj: Obj) -> Iterator[Finding]:
    """An EndpointSlice of a Service that selects nothing: pods of the stage, by name, and ports that they listen on."""
    if _OWNER not in (obj["metadata"].get("labels") or {}):
        yield ("metadata", "labels"), f"the EndpointSlice has no label {_OWNER}", "name the Service that it belongs to"
    for number, endpoint in enumerate(obj["endpoints"]):
        for index, address in enumerate(endpoint["addresses"]):
            workload, namespace = pod_place(address) or ("", "")
            if namespace not in NAMESPACES or workload not in ECHOES.get(role_of(namespace), ()):
                place: Path = ("endpoints", number, "addresses", index)
                yield place, f"{address!r} is no pod that answers", "write podip://WORKLOAD.NAMESPACE"
    for index, port in enumerate(obj["ports"]):
        number = port.get("port")
        if number not in APP_PROTOCOLS:
            listening = ", ".join(map(str, APP_PROTOCOLS))
            yield ("ports", index, "port"), f"no pod listens on {number!r}", f"one of: {listening}"
        elif port.get("appProtocol") != APP_PROTOCOLS[number]:
            text = f"appProtocol {port.get('appProtocol')!r} for the pod port {number}"
            yield ("ports", index, "appProtocol"), text, f"it is {APP_PROTOCOLS[number]!r} everywhere"
