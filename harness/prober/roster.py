"""Which pods the stage has at present, by the API."""

from __future__ import annotations

import threading
from typing import Any

from harness.cluster import KubeCluster, Selection, load_configuration
from harness.prober.types import Pod
from harness.scenario.model import ROLES
from harness.settings import OWNER, OWNER_LABEL, SCENARIO_LABEL, Settings

_SELECTION = Selection("v1", "Pod", labels=f"{OWNER_LABEL}={OWNER}")


class StagePods:
    """Call it for the pods of the stage that run now, by name. Raises ClusterError and TargetError."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._cluster: KubeCluster | None = None

    def __call__(self) -> tuple[Pod, ...]:
        """One request to the API."""
        namespaces = {self._settings.namespace(role) for role in ROLES}
        return pods_of(self._connected().select(_SELECTION), namespaces)

    def close(self) -> None:
        """Close the connection to the API."""
        with self._lock:
            if self._cluster is not None:
                self._cluster.close()

    def _connected(self) -> KubeCluster:
        with self._lock:
            if self._cluster is None:
                configuration = load_configuration(self._settings.kubeconfig, self._settings.context)
                self._cluster = KubeCluster.connect(configuration)
            return self._cluster


def pods_of(objects: list[dict[str, Any]], namespaces: set[str]) -> tuple[Pod, ...]:
    """Pods that are not about to end, of these namespaces."""
    pods = []
    for obj in objects:
        metadata, status = obj["metadata"], obj.get("status") or {}
        if metadata["namespace"] not in namespaces or metadata.get("deletionTimestamp"):
            continue
        labels = metadata.get("labels") or {}
        containers = status.get("containerStatuses") or ()
        conditions = {entry["type"]: entry["status"] for entry in status.get("conditions") or ()}
        pods.append(
            Pod(
                namespace=metadata["namespace"],
                name=metadata["name"],
                uid=metadata["uid"],
                workload=labels.get("app", ""),
                echo="echo" in labels,
                scenario=labels.get(SCENARIO_LABEL, ""),
                restarts=sum(int(entry.get("restartCount", 0)) for entry in containers),
                ready=conditions.get("Ready") == "True",
            )
        )
    return tuple(sorted(pods, key=lambda pod: pod.full_name))
