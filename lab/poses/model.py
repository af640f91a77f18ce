"""What a pose consists of. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A label or annotation by which a namespace asks to be taken in; any value of `values` will do."""

    place: Literal["labels", "annotations"]
    key: str
    values: tuple[str, ...]

    def met_by(self, obj: Json) -> bool:
        """Whether the object has it."""
        return (obj["metadata"].get(self.place) or {}).get(self.key) in self.values


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What is added to a pod when it is made: the proxy, and before it a container that prepares the network.

    A `native` proxy is an init container that is restarted, else it is an ordinary container.
    """

    proxy: str
    native: bool
    setup: str = ""
    capabilities: tuple[str, ...] = ("NET_ADMIN", "NET_RAW")
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A Gateway that a namespace needs before routes of its Services have an effect."""

    gateway_class: str
    port: int
    protocol: str
    use_label: str


@dataclass(frozen=True, slots=True)
class Pose:
    """How a mesh takes in workloads and what it shows.

    Without `enrolment` every namespace belongs to the mesh. `pod_annotations` are set on pods that run already.
    `service_conditions` (type, reason) stand at Services that routes govern. An `absent` mesh does nothing at all.
    """

    name: str
    controller: str
    enrolment: tuple[Enrolment, ...] = ()
    sidecar: Sidecar | None = None
    pod_annotations: Mapping[str, str] = field(default_factory=dict)
    waypoint: Waypoint | None = None
    service_conditions: tuple[tuple[str, str], ...] = ()
    publishes: bool = False
    absent: bool = False

    def enrols(self, namespace: Json) -> bool:
        """Whether the mesh takes in this namespace."""
        return not self.absent and (not self.enrolment or any(one.met_by(namespace) for one in self.enrolment))

    def has(self, pod: Json) -> bool:
        """Whether a pod of an enrolled namespace is in the mesh's hands."""
        if self.sidecar is not None:
            spec = pod.get("spec") or {}
            at_start = [one for one in spec.get("initContainers") or () if one.get("restartPolicy") == "Always"]
            return any(one["name"] == self.sidecar.proxy for one in (*(spec.get("containers") or ()), *at_start))
        present = pod["metadata"].get("annotations") or {}
        return self.pod_annotations.items() <= present.items()
