"""Records every change of the scenario's route status, from the first apply to the verdict."""

from __future__ import annotations

from functools import partial
from typing import Any

from harness.cluster import SYNCED, Cluster, ClusterError, Selection
from harness.play.background import Background
from harness.play.notebook import Notebook
from harness.scenario.derived import applied_objects
from harness.scenario.model import Scenario
from harness.scenario.shape import KINDS, ROUTES
from harness.settings import RUN_LABEL, SCENARIO_LABEL, Settings


class StatusWatcher(Background):
    """A context manager; watches in threads of its own, by Kubernetes watch."""

    def __init__(self, cluster: Cluster, settings: Settings, scenario: Scenario, notebook: Notebook) -> None:
        super().__init__((partial(self._watch, *kind) for kind in watched(scenario)), f"status-{scenario.id}")
        self._cluster = cluster
        self._labels = f"{RUN_LABEL}={settings.run_id},{SCENARIO_LABEL}={scenario.id}"
        self._notebook = notebook

    def _watch(self, api_version: str, kind: str) -> None:
        seen: dict[str, Any] = {}
        try:
            for event in self._cluster.watch(Selection(api_version, kind, labels=self._labels), self.stop):
                if event.type == SYNCED:
                    continue
                metadata = event.object["metadata"]
                name = "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))
                status = {} if event.type == "DELETED" else event.object.get("status", {})
                if seen.get(name) != status:
                    seen[name] = status
                    self._notebook.status(name, status, metadata.get("generation", 0))
                    text = "is gone" if event.type == "DELETED" else f"has the status {summary(status)}"
                    self._notebook.note(f"{name} {text}")
        except ClusterError as error:
            if not self.stop.remaining() <= 0:
                self._notebook.trouble(f"the route status could not be watched any more: {error.message}")


def watched(scenario: Scenario) -> list[tuple[str, str]]:
    """Version and kind of all that has a status by which the mesh tells what it makes of the scenario."""
    kinds = {str(obj.get("kind")) for obj in applied_objects(scenario)}
    return [(KINDS[kind], kind) for kind in (*ROUTES, "XMesh") if kind in kinds or kind == "HTTPRoute"]


def summary(status: dict[str, Any]) -> str:
    """``Accepted=True ResolvedRefs=True``, each condition once a parent; ``none`` where nobody wrote any."""
    parts = [
        f"{condition.get('type')}={condition.get('status')}"
        + (f" ({condition.get('reason')})" if condition.get("status") != "True" else "")
        for parent in status.get("parents") or (status,)
        for condition in parent.get("conditions") or ()
    ]
    return " ".join(dict.fromkeys(parts)) or "none"
