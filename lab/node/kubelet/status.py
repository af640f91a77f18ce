"""A pod's status, from what its containers do. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab.node.controllers.objects import Object, changed_condition


@dataclass(slots=True)
class ContainerState:
    """What one container is doing; times as the API writes them."""

    name: str
    image: str
    waiting: str = "ContainerCreating"
    message: str = ""
    number: int = 0
    container_id: str = ""
    started_at: str = ""
    started: bool = False
    ready: bool = False
    exit_code: int | None = None
    finished_at: str = ""
    last: dict[str, Any] = field(default_factory=dict)
    ends: bool = False  # an init container that others wait for

    @property
    def done(self) -> bool:
        """Whether those that come after an init container may start."""
        return self.exit_code == 0 if self.ends else self.started and self.running

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return bool(self.started_at) and self.exit_code is None and not self.waiting

    def terminated(self) -> dict[str, Any]:
        """How it ended."""
        return {
            "exitCode": self.exit_code,
            "reason": "Completed" if self.exit_code == 0 else "Error",
            "startedAt": self.started_at,
            "finishedAt": self.finished_at,
            "containerID": self.container_id,
        }

    def to_api(self) -> dict[str, Any]:
        """Its ContainerStatus."""
        if self.waiting:
            state: dict[str, Any] = {"waiting": {"reason": self.waiting}}
            if self.message:
                state["waiting"]["message"] = self.message
        elif self.exit_code is not None:
            state = {"terminated": self.terminated()}
        else:
            state = {"running": {"startedAt": self.started_at}}
        return {
            "name": self.name,
            "image": self.image,
            "imageID": "",
            "containerID": self.container_id,
            "restartCount": max(0, self.number - 1),
            "started": self.started and self.running,
            "ready": self.done if self.ends else self.ready and self.running,
            "state": state,
            "lastState": {"terminated": self.last} if self.last else {},
        }


def phase(states: Sequence[ContainerState], policy: str) -> str:
    """The pod's phase."""
    if policy != "Always" and all(state.exit_code is not None and not state.waiting for state in states):
        failed = any(state.exit_code for state in states)
        if not failed or policy == "Never":
            return "Failed" if failed else "Succeeded"
    return "Running" if all(state.number for state in states) else "Pending"


def build(
    pod: Object,
    states: Sequence[ContainerState],
    address: str,
    host: str,
    since: str,
    *,
    at_start: Sequence[ContainerState] = (),
) -> Object:
    """The status of a pod, as a merge patch; ``at_start`` are its init containers."""
    own_phase = phase(states, pod["spec"].get("restartPolicy", "Always"))
    if any(state.ends and state.exit_code and not state.waiting for state in at_start):
        own_phase = "Failed" if pod["spec"].get("restartPolicy") == "Never" else own_phase
    initialized = all(state.done for state in at_start) or own_phase != "Pending"
    needed = [*(state for state in at_start if not state.ends), *states]
    unready = [state.name for state in needed if not (state.ready and state.running)]
    ready = not unready
    over = own_phase in {"Succeeded", "Failed"}
    why = "PodCompleted" if over else "ContainersNotReady"
    message = "" if ready or over else f"containers with unready status: [{' '.join(unready)}]"
    reason = "" if ready else why

    def condition(kind: str, *, status: bool, reason: str = "", message: str = "") -> Object:
        full = changed_condition(pod, kind, status, reason, message)
        return {name: value for name, value in full.items() if value}

    status: Object = {
        "phase": own_phase,
        "hostIP": host,
        "hostIPs": [{"ip": host}],
        "startTime": since,
        "conditions": [
            condition("PodReadyToStartContainers", status=bool(address)),
            condition("Initialized", status=initialized),
            condition("Ready", status=ready, reason=reason, message=message),
            condition("ContainersReady", status=ready, reason=reason, message=message),
            condition("PodScheduled", status=True),
        ],
        "containerStatuses": [state.to_api() for state in states],
    }
    if at_start:
        status["initContainerStatuses"] = [state.to_api() for state in at_start]
    if address:
        status |= {"podIP": address, "podIPs": [{"ip": address}]}
    return status


def differs(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether writing ``wanted`` over ``present`` would change anything."""
    return any(present.get(name) != value for name, value in wanted.items())
