"""The names of a cluster and what they stand for, after the Kubernetes specification of DNS-based discovery. Pure.

https://github.com/kubernetes/dns/blob/master/docs/specification.md, the parts about Services: a ClusterIP Service has
an A record, a headless one an A record for each ready endpoint (and a name for each of them), named ports have SRV
records, an ExternalName is a CNAME.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.node.addresses import DOMAIN

Object = Mapping[str, Any]

SERVICE_SUFFIX = f"svc.{DOMAIN}"


@dataclass(frozen=True, slots=True)
class Srv:
    """Where a named port is served."""

    target: str
    port: int


@dataclass(slots=True)
class Name:
    """Everything known under one name. A name with nothing under it exists all the same: a query gets no data."""

    addresses: list[str] = field(default_factory=list)
    services: list[Srv] = field(default_factory=list)
    alias: str = ""


Zone = dict[str, Name]


def build(services: Iterable[Object], slices: Iterable[Object], namespaces: Iterable[str]) -> Zone:
    """All names of the cluster, in lower case and without the final dot."""
    by_service: dict[tuple[str, str], list[Object]] = {}
    for one in slices:
        owner = (one["metadata"].get("labels") or {}).get("kubernetes.io/service-name")
        if owner:
            by_service.setdefault((one["metadata"]["namespace"], owner), []).append(one)
    zone: Zone = {DOMAIN: Name(), SERVICE_SUFFIX: Name()}
    for namespace in namespaces:
        zone[f"{namespace}.{SERVICE_SUFFIX}"] = Name()
    for service in services:
        meta = service["metadata"]
        key = (meta["namespace"], meta["name"])
        for name, entry in _entries(service, by_service.get(key, ())):
            known = zone.setdefault(name.lower(), Name())
            known.addresses += [address for address in entry.addresses if address not in known.addresses]
            known.services += entry.services
            known.alias = known.alias or entry.alias
    _add_parents(zone)
    return zone


def _entries(service: Object, slices: Iterable[Object]) -> Iterator[tuple[str, Name]]:
    meta, spec = service["metadata"], service["spec"]
    own = f"{meta['name']}.{meta['namespace']}.{SERVICE_SUFFIX}"
    if spec.get("type") == "ExternalName":
        yield own, Name(alias=spec.get("externalName", "").rstrip("."))
    elif spec.get("clusterIP") == "None":
        yield own, Name()
        for one in slices:
            yield from _headless(own, one)
    elif spec.get("clusterIP"):
        yield own, Name(addresses=[spec["clusterIP"]])
        for port in spec.get("ports") or ():
            if port.get("name"):
                yield (
                    _port_name(port["name"], port.get("protocol", "TCP"), own),
                    Name(services=[Srv(own, port["port"])]),
                )


def _headless(own: str, one: Object) -> Iterator[tuple[str, Name]]:
    """The records of a headless Service from one of its slices."""
    for endpoint in one.get("endpoints") or ():
        if (endpoint.get("conditions") or {}).get("ready", True) is False:
            continue
        for address in endpoint["addresses"]:
            label = endpoint.get("hostname") or address.replace(".", "-")
            yield own, Name(addresses=[address])
            yield f"{label}.{own}", Name(addresses=[address])
            for port in one.get("ports") or ():
                if port.get("name") and port.get("port"):
                    place = _port_name(port["name"], port.get("protocol", "TCP"), own)
                    yield place, Name(services=[Srv(f"{label}.{own}", port["port"])])


def _port_name(port: str, protocol: str, service: str) -> str:
    return f"_{port}._{protocol.lower()}.{service}"


def _add_parents(zone: Zone) -> None:
    """Names between a known name and the domain exist, with nothing under them (RFC 8020)."""
    for name in list(zone):
        parent = name
        while parent.endswith(f".{DOMAIN}"):
            zone.setdefault(parent, Name())
            parent = parent.partition(".")[2]
