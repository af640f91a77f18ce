"""Services: addresses and ports given out, defaults, and what a real API server refuses."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import Any

from lab.api.errors import Cause, StatusError, invalid
from lab.api.names import LABEL, SUBDOMAIN, label_map_problems
from lab.api.store import Change, Store

Object = dict[str, Any]

RANGE = ipaddress.IPv4Network("10.96.0.0/16")
# Service ``kubernetes`` and the cluster's DNS server.
API_ADDRESS, DNS_ADDRESS = "10.96.0.1", "10.96.0.10"
_NODE_PORTS = range(30000, 32768)
_PROTOCOLS = ("SCTP", "TCP", "UDP")
# The name of a container port, as a Service may target it.
_PORT_NAME = re.compile(r"(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")
_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")


class Addresses:
    """The cluster IPs and node ports in use, read off the stored Services."""

    def __init__(self, store: Store) -> None:
        self._used: set[str] = {DNS_ADDRESS}
        self._node_ports: set[int] = set()
        self._next = int(RANGE.network_address) + 256
        store.table(("", "services")).subscribers[self] = self._follow

    def _follow(self, change: Change) -> None:
        if change.old is not None:
            self._used.difference_update(_addresses(change.old.obj))
            self._node_ports.difference_update(_node_ports(change.old.obj))
        if change.type != "DELETED":
            self._used.update(_addresses(change.new.obj))
            self._node_ports.update(_node_ports(change.new.obj))

    def free(self) -> str:
        """An unused address; the same one is not given out again soon."""
        last = int(RANGE.broadcast_address)
        for _ in range(RANGE.num_addresses):
            self._next = self._next + 1 if self._next + 1 < last else int(RANGE.network_address) + 256
            found = str(ipaddress.IPv4Address(self._next))
            if found not in self._used:
                return found
        raise StatusError(500, "InternalError", "failed to allocate a serviceIP: range is full")

    def problem(self, address: str) -> str:
        """Why a requested address cannot be had, or nothing."""
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
        if parsed not in RANGE:
            return (
                "failed to allocate IP "
                f"{address}: the provided IP ({address}) is not in the valid range. "
                f"The range of valid IPs is {RANGE}"
            )
        if address in self._used:
            return f"failed to allocate IP {address}: provided IP is already allocated"
        return ""

    def free_node_port(self) -> int:
        """An unused node port; it counts as used once the Service is stored."""
        return next(port for port in _NODE_PORTS if port not in self._node_ports)


def _addresses(service: Object) -> Iterator[str]:
    return (each for each in service["spec"].get("clusterIPs") or () if each != "None")


def _node_ports(service: Object) -> Iterator[int]:
    return (port["nodePort"] for port in service["spec"].get("ports") or () if port.get("nodePort"))


def default(obj: Object) -> Object:
    """Fill in what does not depend on other objects; the type's static defaults are there already."""
    spec = obj.setdefault("spec", {})
    kind = spec.setdefault("type", "ClusterIP")
    for port in spec.get("ports") or ():
        port.setdefault("targetPort", port.get("port"))
    spec.setdefault("sessionAffinity", "None")
    if kind != "ExternalName":
        spec.setdefault("internalTrafficPolicy", "Cluster")
        spec.setdefault("ipFamilyPolicy", "SingleStack")
        spec.setdefault("ipFamilies", ["IPv4"])
    if kind in {"NodePort", "LoadBalancer"}:
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if kind == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)
    obj.setdefault("status", {}).setdefault("loadBalancer", {})
    return obj


class Strategy:
    """What happens to a Service when it is written."""

    def __init__(self, store: Store) -> None:
        self._addresses = Addresses(store)

    def prepare(self, new: Object, old: Object | None) -> None:
        """Give out addresses and node ports, keep those it has. Raises StatusError (422)."""
        spec = new["spec"]
        if old is not None:
            _keep_addresses(spec, old["spec"])
        if spec["type"] == "ExternalName":
            for name in ("clusterIP", "clusterIPs"):
                spec.pop(name, None)
            return
        if not spec.get("clusterIP") and spec.get("clusterIPs"):
            spec["clusterIP"] = spec["clusterIPs"][0]
        asked = spec.get("clusterIP", "")
        before = (old or {}).get("spec", {}).get("clusterIP", "")
        if asked == "":
            asked = self._addresses.free()
        elif asked not in {"None", before} and not before and (problem := self._addresses.problem(asked)):
            message = f'Invalid value: "{asked}": {problem}'
            cause = Cause("FieldValueInvalid", message, "spec.clusterIPs[0]")
            raise invalid("", "Service", new["metadata"]["name"], [cause])
        spec["clusterIP"], spec["clusterIPs"] = asked, [asked]
        if spec["type"] in {"NodePort", "LoadBalancer"}:
            for port in spec.get("ports") or ():
                if not port.get("nodePort"):
                    port["nodePort"] = self._addresses.free_node_port()


def _keep_addresses(spec: Object, old: Object) -> None:
    """An update that leaves the address out keeps it; an old ``clusterIPs`` next to a new ``clusterIP`` is stale."""
    if spec.get("type") == "ExternalName" or old.get("type") == "ExternalName":
        return
    if not spec.get("clusterIP") and not spec.get("clusterIPs"):
        spec["clusterIP"], spec["clusterIPs"] = old.get("clusterIP", ""), old.get("clusterIPs", [])
    elif not spec.get("clusterIP"):
        spec["clusterIP"] = spec["clusterIPs"][0]
    kept = {(port.get("name", ""), port["port"]): port.get("nodePort") for port in old.get("ports") or ()}
    for port in spec.get("ports") or ():
        number = kept.get((port.get("name", ""), port.get("port")))
        if number and spec.get("type") in {"NodePort", "LoadBalancer"}:
            port.setdefault("nodePort", number)


def validate(new: Object, old: Object | None) -> Iterable[Cause]:
    """Everything wrong with a Service."""
    spec = new["spec"]
    if spec["type"] not in _TYPES:
        yield _unsupported("spec.type", spec["type"], _TYPES)
    ports = spec.get("ports") or []
    if not ports and spec["type"] != "ExternalName" and spec.get("clusterIP") != "None":
        yield Cause("FieldValueRequired", "Required value", "spec.ports")
    external = spec.get("externalName", "")
    if spec["type"] == "ExternalName" and (problem := SUBDOMAIN.problem(external.removesuffix("."))):
        yield Cause("FieldValueInvalid", f'Invalid value: "{external}": {problem}', "spec.externalName")
    if spec.get("sessionAffinity") not in {"None", "ClientIP"}:
        yield _unsupported("spec.sessionAffinity", spec.get("sessionAffinity"), ("ClientIP", "None"))
    yield from label_map_problems(spec.get("selector"), "spec.selector")
    yield from _port_problems(ports)
    if old is not None and "ExternalName" not in {spec["type"], old["spec"].get("type")}:
        before = old["spec"].get("clusterIP")
        if before and spec.get("clusterIP") != before:
            shown = f'Invalid value: ["{spec.get("clusterIP")}"]: may not change once set'
            yield Cause("FieldValueInvalid", shown, "spec.clusterIPs[0]")


def _unsupported(where: str, value: object, supported: Iterable[str]) -> Cause:
    listed = ", ".join(f'"{one}"' for one in supported)
    return Cause("FieldValueNotSupported", f'Unsupported value: "{value}": supported values: {listed}', where)


def _port_problems(ports: list[Object]) -> Iterator[Cause]:
    names: set[str] = set()
    numbers: set[tuple[str, int]] = set()
    for index, port in enumerate(ports):
        where = f"spec.ports[{index}]"
        name, number, protocol = port.get("name", ""), port.get("port", 0), port.get("protocol", "TCP")
        if not name and len(ports) > 1:
            yield Cause("FieldValueRequired", "Required value", f"{where}.name")
        elif name:
            if problem := LABEL.problem(name):
                yield Cause("FieldValueInvalid", f'Invalid value: "{name}": {problem}', f"{where}.name")
            if name in names:
                yield Cause("FieldValueDuplicate", f'Duplicate value: "{name}"', f"{where}.name")
        names.add(name)
        if protocol not in _PROTOCOLS:
            yield _unsupported(f"{where}.protocol", protocol, _PROTOCOLS)
        yield from _number_problems(number, f"{where}.port")
        yield from _target_problems(port.get("targetPort"), f"{where}.targetPort")
        if (protocol, number) in numbers:
            shown = f'{{"port":{number},"protocol":"{protocol}"}}'
            yield Cause("FieldValueDuplicate", f"Duplicate value: {shown}", where)
        numbers.add((protocol, number))


def _number_problems(number: object, where: str) -> Iterator[Cause]:
    if not isinstance(number, int) or not 1 <= number <= 65535:
        message = f"Invalid value: {number}: must be between 1 and 65535, inclusive"
        yield Cause("FieldValueInvalid", message, where)


def _target_problems(target: object, where: str) -> Iterator[Cause]:
    if isinstance(target, int):
        yield from _number_problems(target, where)
    elif isinstance(target, str) and (len(target) > 15 or not _PORT_NAME.fullmatch(target)):
        message = (
            f'Invalid value: "{target}": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-), '
            "at least one letter, and be no more than 15 characters"
        )
        yield Cause("FieldValueInvalid", message, where)
