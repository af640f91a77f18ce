"""The workloads of a scenario's own: started like the stage's echoes, scaled, waited for, removed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.cluster import Cluster, ClusterError, Obj, Ref, Selection, WaitTimeoutError, wait_for, wait_until
from harness.cluster.wait import Items
from harness.play.notebook import Notebook
from harness.play.ports import Progress
from harness.scenario.model import Scenario
from harness.settings import SCENARIO_LABEL, Settings
from harness.stage import manifests, trouble
from harness.stage.layout import Workload
from harness.stage.services import ready_endpoints

_WITHIN = 120.0  # seconds for pods and EndpointSlices, times the run's patience
_SERVICE_NAME = "kubernetes.io/service-name"


@dataclass
class Workloads:
    """All of one scenario; every method raises ClusterError."""

    scenario: Scenario
    settings: Settings
    cluster: Cluster
    notebook: Notebook
    progress: Progress
    _now: dict[str, Workload] = field(default_factory=dict)

    @property
    def present(self) -> tuple[Workload, ...]:
        """The workloads as they are scaled now."""
        return tuple(self._now.values())

    def start(self, services: Iterable[Obj]) -> None:
        """Start all of them, and wait until they are ready and the Services that select them know it."""
        for name, declared in self.scenario.workloads.items():
            self._put(Workload(declared.role, name, declared.replicas, scenario=self.scenario.id))
        for workload in self.present:
            self._wait(workload, services)
            self.notebook.note(f"workload {workload.name} runs with {workload.replicas} pods")

    def scale(self, name: str, replicas: int, services: Iterable[Obj]) -> None:
        """Scale one; returns once the Deployment's status and the EndpointSlices of all Services agree."""
        workload = replace(self._now[name], replicas=replicas)
        self.notebook.note(f"scale {name} to {replicas}")
        self._put(workload)
        self._wait(workload, services)
        self.notebook.note(f"workload {name} has {replicas} pods and endpoints")

    def remove(self) -> None:
        """Delete all of them, whatever happened before; problems are noted."""
        for workload in self.present:
            try:
                self.cluster.delete(self._ref(workload))
            except ClusterError as error:
                self.notebook.trouble(f"could not delete {self._ref(workload)}: {error.message}")

    def _put(self, workload: Workload) -> None:
        deployment = manifests.deployment(self.settings, workload, self._program(workload.role))
        deployment["metadata"]["labels"] = self.settings.labels(self.scenario.id)
        self.notebook.applied(f"workload {workload.name}", deployment)
        self._now[workload.name] = workload
        self.cluster.apply(deployment)

    def _program(self, role: str) -> str:
        """The name of the ConfigMap that the stage's own pods run."""
        client = Ref("apps/v1", "Deployment", self.settings.namespace(role), "client")
        template = (self.cluster.get(client) or {}).get("spec", {}).get("template", {})
        for volume in template.get("spec", {}).get("volumes") or ():
            if volume.get("name") == "program":
                return str(volume["configMap"]["name"])
        raise ClusterError(f"the stage's {client} is not there, or not as we made it")

    def _ref(self, workload: Workload) -> Ref:
        return Ref("apps/v1", "Deployment", self.settings.namespace(workload.role), workload.name)

    def _wait(self, workload: Workload, services: Iterable[Obj]) -> None:
        namespace, limit = self.settings.namespace(workload.role), _WITHIN * self.settings.patience
        self.progress(f"waiting until {workload.name} has {workload.replicas} pods")
        try:
            wait_for(self.cluster, self._ref(workload), lambda it: scaled(it, workload.replicas), limit)
        except WaitTimeoutError as error:
            why = trouble.explain(self.cluster, [namespace])
            raise ClusterError(f"{error.message}, the workload of {self.scenario.id}", why) from None
        names = {
            service["metadata"]["name"]
            for service in services
            if service.get("kind") == "Service" and _selects(service, workload, namespace)
        }
        if names:
            selection = Selection("discovery.k8s.io/v1", "EndpointSlice", namespace, labels=_SERVICE_NAME)
            what = f"{workload.replicas} endpoints of {', '.join(sorted(names))}"
            wait_until(self.cluster, selection, _agree(names, workload.replicas), limit, what)


def scaled(deployment: Obj | None, replicas: int) -> bool:
    """Whether a Deployment has exactly so many pods, all of its present generation and available."""
    if deployment is None:
        return False
    status = deployment.get("status") or {}
    current = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    counts = {int(status.get(name) or 0) for name in ("replicas", "updatedReplicas", "availableReplicas")}
    return current and counts == {replicas}


def _selects(service: Mapping[str, Any], workload: Workload, namespace: str) -> bool:
    selector = (service.get("spec") or {}).get("selector") or {}
    labels = {key: value for key, value in workload.labels.items() if key != SCENARIO_LABEL}
    return bool(selector) and service["metadata"]["namespace"] == namespace and selector.items() <= labels.items()


def _agree(names: set[str], replicas: int) -> Any:
    def agree(slices: Items) -> bool:
        ready = ready_endpoints(slices.values())
        return all(len(ready.get(name, ())) == replicas for name in names)

    return agree
