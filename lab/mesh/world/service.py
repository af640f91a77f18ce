"""Services, their endpoints, pods and namespaces, as the mesh reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.mesh.world.route import ObjectKey
from lab.poses import LAB, Pose, Waypoint

Json = Mapping[str, Any]

SERVICE_OF_SLICE = "kubernetes.io/service-name"


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One TCP port of a Service."""

    name: str
    port: int
    app_protocol: str | None = None
    target: int | str = 0


@dataclass(frozen=True, slots=True)
class Service:
    """A Service; `cluster_ip` is "" where there is none (headless, ExternalName, or not assigned yet).

    `external_name` is the name that an ExternalName Service stands for; this mesh does not follow it.
    """

    key: ObjectKey
    uid: str
    version: str
    type: str
    cluster_ip: str
    headless: bool
    ports: tuple[ServicePort, ...]
    selector: tuple[tuple[str, str], ...] = ()
    external_name: str = ""

    def port(self, number: int | None) -> ServicePort | None:
        """The port with this number, or None."""
        return next((port for port in self.ports if port.port == number), None)


@dataclass(frozen=True, slots=True)
class EndpointSlice:
    """Ready addresses of a Service and, by port name, the number they listen on."""

    key: ObjectKey
    version: str
    service: ObjectKey | None
    ports: tuple[tuple[str, int], ...]
    ready: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod that has an address. Its namespace decides which consumer routes govern what it sends.

    `taken_in` is false where a mesh that works in pods is not at work in this one; `node` is where it runs.
    """

    key: ObjectKey
    version: str
    address: str
    labels: tuple[tuple[str, str], ...]
    taken_in: bool = True
    node: str = ""


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace, whether its pods are in the mesh, and the name of the waypoint that its Services use."""

    name: str
    enrolled: bool
    waypoint: str = ""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A Gateway that asks to be a waypoint of this mesh; `programmed` if its status says that it is one."""

    key: ObjectKey
    version: str
    generation: int
    programmed: bool


def parse_service(obj: Json) -> Service:
    """The Service that `obj` describes; ports of other protocols than TCP are no concern of this mesh."""
    meta, spec = obj["metadata"], obj.get("spec") or {}
    kind, address = spec.get("type", "ClusterIP"), spec.get("clusterIP") or ""
    routable = kind != "ExternalName" and address != "None"
    return Service(
        key=ObjectKey(meta["namespace"], meta["name"]),
        uid=meta.get("uid", ""),
        version=meta.get("resourceVersion", ""),
        type=kind,
        cluster_ip=address if routable else "",
        headless=address == "None",
        ports=tuple(_port(port) for port in spec.get("ports") or () if port.get("protocol", "TCP") == "TCP"),
        selector=tuple(sorted((spec.get("selector") or {}).items())),
        external_name=spec.get("externalName") or "" if kind == "ExternalName" else "",
    )


def _port(port: Json) -> ServicePort:
    number = port["port"]
    return ServicePort(port.get("name") or "", number, port.get("appProtocol"), port.get("targetPort", number))


def parse_slice(obj: Json) -> EndpointSlice:
    """The EndpointSlice that `obj` describes: IPv4 addresses that are ready, or do not say that they are not."""
    meta = obj["metadata"]
    owner = (meta.get("labels") or {}).get(SERVICE_OF_SLICE)
    ready: tuple[str, ...] = ()
    if obj.get("addressType", "IPv4") == "IPv4":
        ready = tuple(
            address
            for endpoint in obj.get("endpoints") or ()
            if (endpoint.get("conditions") or {}).get("ready") is not False
            for address in endpoint.get("addresses") or ()
        )
    return EndpointSlice(
        key=ObjectKey(meta["namespace"], meta["name"]),
        version=meta.get("resourceVersion", ""),
        service=ObjectKey(meta["namespace"], owner) if owner else None,
        ports=tuple(
            (port.get("name") or "", port["port"])
            for port in obj.get("ports") or ()
            if port.get("port") and port.get("protocol", "TCP") == "TCP"
        ),
        ready=ready,
    )


def parse_pod(obj: Json, pose: Pose = LAB) -> Pod | None:
    """The pod that `obj` describes, or None if it has no address (any more)."""
    meta, status = obj["metadata"], obj.get("status") or {}
    if not status.get("podIP") or status.get("phase") in {"Succeeded", "Failed"}:
        return None
    return Pod(
        key=ObjectKey(meta["namespace"], meta["name"]),
        version=meta.get("resourceVersion", ""),
        address=status["podIP"],
        labels=tuple(sorted((meta.get("labels") or {}).items())),
        taken_in=pose.has(obj),
        node=(obj.get("spec") or {}).get("nodeName", ""),
    )


def parse_namespace(obj: Json, pose: Pose = LAB) -> Namespace:
    """The namespace that `obj` describes."""
    meta = obj["metadata"]
    waypoint = (meta.get("labels") or {}).get(pose.waypoint.use_label, "") if pose.waypoint else ""
    return Namespace(meta["name"], pose.enrols(obj), waypoint)


def parse_gateway(obj: Json, waypoint: Waypoint) -> Gateway | None:
    """The Gateway that `obj` describes, or None if it is no waypoint of this class."""
    meta, spec = obj["metadata"], obj.get("spec") or {}
    listeners = [(each["port"], each["protocol"]) for each in spec.get("listeners") or ()]
    if spec.get("gatewayClassName") != waypoint.gateway_class or listeners != [(waypoint.port, waypoint.protocol)]:
        return None
    generation = meta.get("generation", 1)
    programmed = any(
        condition["type"] == "Programmed"
        and condition["status"] == "True"
        and condition.get("observedGeneration") == generation
        for condition in (obj.get("status") or {}).get("conditions") or ()
    )
    return Gateway(ObjectKey(meta["namespace"], meta["name"]), meta.get("resourceVersion", ""), generation, programmed)
