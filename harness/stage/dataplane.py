"""Whether the stage's pods are in the mesh's hands, by the signs that the profile names, and what is missing if not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.cluster import Cluster, Obj, Ref, Selection, WaitTimeoutError, wait_until
from harness.cluster.wait import Items
from harness.mesh_profile import DataPlane
from harness.mesh_profile.model import OUTSIDE
from harness.scenario.model import ROLES
from harness.settings import OWNER, OWNER_LABEL, Settings
from harness.stage.extras import unmet
from harness.stage.layout import APP_LABEL, CONTAINER, WORKLOADS

_OVER = ("Succeeded", "Failed")
_MOST = 6
_UNASKED = 2.0  # seconds
_AT_LEAST = 0.05  # seconds: to see once what there is


@dataclass(frozen=True, slots=True)
class Missing:
    """One sign that a pod lacks; ``final`` where waiting cannot bring it, because it comes when a pod is made."""

    text: str
    final: bool = False


@dataclass(frozen=True, slots=True)
class PodSigns:
    """One pod of the stage, and which of the profile's signs it lacks."""

    role: str
    namespace: str
    pod: str
    workload: str
    missing: tuple[Missing, ...]

    @property
    def enrolled(self) -> bool:
        """Whether the pod is meant to be in the mesh."""
        return self.role != OUTSIDE

    @property
    def in_mesh(self) -> bool:
        """Whether it has every sign."""
        return not self.missing

    def __str__(self) -> str:
        return f"{self.namespace}/{self.pod}: {'; '.join(one.text for one in self.missing) or 'in the mesh'}"


def missing_in_pod(pod: Mapping[str, Any], plane: DataPlane) -> tuple[Missing, ...]:
    """The signs that a pod lacks; none where the profile names no sign that a pod could have. Pure."""
    return (*_container(pod, plane.containers), *_annotations(pod, plane.podAnnotations))


def missing_in_service(service: Mapping[str, Any] | None, plane: DataPlane) -> tuple[str, ...]:
    """The conditions that a Service lacks which a route governs, by what the profile says of them. Pure."""
    return tuple(unmet(service, plane.serviceConditions)) if plane.serviceConditions else ()


def unlabelled(namespace: Obj | None, settings: Settings, role: str) -> tuple[str, ...]:
    """What of the profile's labels and annotations the namespace of a role lacks, as ``istio-injection=enabled``."""
    later = {k: v for extra in settings.mesh.afterNamespaces if role in extra.roles for k, v in extra.labels.items()}
    metadata: Mapping[str, Any] = (namespace or {}).get("metadata") or {}
    return tuple(
        f"{key}={value}"
        for part, wanted in (
            ("labels", {**settings.mesh.labels.of(role), **later}),
            ("annotations", settings.mesh.annotations.of(role)),
        )
        for key, value in wanted.items()
        if (metadata.get(part) or {}).get(key) != value
    )


def survey(cluster: Cluster, settings: Settings) -> list[PodSigns]:
    """Every pod of the stage with its signs, those of ``outside`` too. Raises ClusterError."""
    return [
        signs
        for role in ROLES
        for signs in signs_of(role, cluster.select(_pods(settings.namespace(role))), settings.mesh.dataPlane)
    ]


def signs_of(role: str, pods: Iterable[Obj], plane: DataPlane) -> list[PodSigns]:
    """The signs of those pods that belong to the stage and are not about to end. Pure."""
    names = {workload.name for workload in WORKLOADS if workload.role == role}
    return [
        PodSigns(
            role,
            pod["metadata"]["namespace"],
            pod["metadata"]["name"],
            pod["metadata"]["labels"][APP_LABEL],
            missing_in_pod(pod, plane),
        )
        for pod in sorted(pods, key=lambda pod: str(pod["metadata"]["name"]))
        if (pod["metadata"].get("labels") or {}).get(APP_LABEL) in names and not _ending(pod)
    ]


def wait(cluster: Cluster, settings: Settings, patience: float, progress: Callable[[str], None]) -> list[PodSigns]:
    """Wait until every enrolled pod has its signs; returns those that lack some after ``patience`` seconds.

    Nobody waits for signs that cannot come any more, and hardly for those of a namespace that does not ask the mesh for
    anything. Raises ClusterError.
    """
    plane = settings.mesh.dataPlane
    late: list[PodSigns] = []
    end = time.monotonic() + patience
    for role in ROLES if plane.in_pods else ():
        if role == OUTSIDE:
            continue
        name = settings.namespace(role)
        progress(f"waiting for the mesh to take in the pods of {name}")
        asks = not unlabelled(cluster.get(Ref("v1", "Namespace", "", name)), settings, role)
        left = end - time.monotonic()
        late += _wait_for_role(cluster, settings, role, max(left if asks else min(left, _UNASKED), _AT_LEAST))
    return late


def _wait_for_role(cluster: Cluster, settings: Settings, role: str, patience: float) -> list[PodSigns]:
    wanted = {workload.name for workload in WORKLOADS if workload.role == role}

    def found(items: Items) -> list[PodSigns]:
        return signs_of(role, items.values(), settings.mesh.dataPlane)

    def settled(items: Items) -> bool:
        signs = found(items)
        waiting = [one for pod in signs for one in pod.missing if not one.final]
        return not waiting and wanted <= {pod.workload for pod in signs}

    namespace = settings.namespace(role)
    try:
        items = wait_until(cluster, _pods(namespace), settled, patience, f"the data plane in {namespace}")
    except WaitTimeoutError as error:
        items = error.items
    return [pod for pod in found(items) if not pod.in_mesh]


def explain(pods: Iterable[PodSigns], settings: Settings) -> tuple[str, str]:
    """What is missing, in one line, and which pods lack what, with what to do about it. For people; pure."""
    late = list(pods)
    lines = [str(pod) for pod in late[:_MOST]] + ([f"... and {len(late) - _MOST} more"] if len(late) > _MOST else [])
    how = enrolment(settings, late[0].role) if late else ""
    text = (
        f"{len(late)} pods of the stage are not in the mesh {settings.mesh.name}, by the signs that its profile names"
    )
    todo = (
        f"is the mesh installed, and does it take in namespaces by {how or 'itself'}? "
        "Its injector's log says why it left a pod alone; `--mesh` names another profile, or a file of yours"
    )
    return text, "\n  ".join([*lines, todo])


def enrolment(settings: Settings, role: str) -> str:
    """By which labels and annotations the namespace of a role is enrolled, for people; empty where by none. Pure."""
    mesh = settings.mesh
    later = {key: value for e in mesh.afterNamespaces if role in e.roles for key, value in e.labels.items()}
    labels = [f"the label {key}={value}" for key, value in {**mesh.labels.of(role), **later}.items()]
    annotations = [f"the annotation {key}={value}" for key, value in mesh.annotations.of(role).items()]
    return " and ".join([*labels, *annotations])


def _pods(namespace: str) -> Selection:
    return Selection("v1", "Pod", namespace, labels=f"{OWNER_LABEL}={OWNER}")


def _ending(pod: Mapping[str, Any]) -> bool:
    over = (pod.get("status") or {}).get("phase") in _OVER
    return over or bool(pod["metadata"].get("deletionTimestamp"))


def _container(pod: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[Missing]:
    """The proxy, as a container or as a restartable init container; it must be ready."""
    if not names:
        return
    spec, status = pod["spec"], pod.get("status") or {}
    at_start = spec.get("initContainers") or ()
    beside = [one["name"] for one in spec.get("containers") or ()]
    restartable = [one["name"] for one in at_start if one.get("restartPolicy") == "Always"]
    name = next((name for name in names if name in (*beside, *restartable)), None)
    if name is None:
        once = [one["name"] for one in at_start if one["name"] in names]
        if once:
            yield Missing(f"{once[0]} is an init container that ends, not one that stays (restartPolicy)", final=True)
        else:
            others = ", ".join(sorted({*beside, *(one["name"] for one in at_start)} - {CONTAINER})) or "no other"
            yield Missing(f"no container {' or '.join(names)} beside {CONTAINER} ({others})", final=True)
        return
    statuses = [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]
    seen = next((one for one in statuses if one["name"] == name), None)
    if seen is None or not seen.get("ready"):
        yield Missing(f"the container {name} is not ready{_why(seen)}")


def _why(status: Mapping[str, Any] | None) -> str:
    state = (status or {}).get("state") or {}
    about = state.get("waiting") or state.get("terminated") or {}
    text = " ".join(str(about[key]) for key in ("reason", "message") if about.get(key))
    return f": {text}" if text else ""


def _annotations(pod: Mapping[str, Any], wanted: Mapping[str, str]) -> Iterator[Missing]:
    present = pod["metadata"].get("annotations") or {}
    for key, value in wanted.items():
        if key not in present:
            yield Missing(f"no annotation {key} (it is to be {value!r})")
        elif present[key] != value:
            yield Missing(f"the annotation {key} is {present[key]!r}, not {value!r}")
