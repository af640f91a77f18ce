"""Records every change of the scenario's route status, from the first apply to the verdict."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any

from harness.cluster import SYNCED, Cluster, ClusterError, Selection, Stop
from harness.play.notebook import Notebook
from harness.scenario.derived import applied_objects
from harness.scenario.model import Scenario
from harness.scenario.shape import KINDS, ROUTES
from harness.settings import RUN_LABEL, SCENARIO_LABEL, Settings

_END_WITHIN = 2.0


class StatusWatcher:
    """A context manager; watches in threads of its own, by Kubernetes watch."""

    def __init__(self, cluster: Cluster, settings: Settings, scenario: Scenario, notebook: Notebook) -> None:
        self._cluster = cluster
        self._labels = f"{RUN_LABEL}={settings.run_id},{SCENARIO_LABEL}={scenario.id}"
        self._notebook = notebook
        self._stop = Stop()
        self._threads = [
            threading.Thread(target=self._watch, args=kind, daemon=True, name=f"status-{scenario.id}")
            for kind in watched(scenario)
        ]

    def __enter__(self) -> StatusWatcher:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(_END_WITHIN)

    def _watch(self, api_version: str, kind: str) -> None:
        seen: dict[str, Any] = {}
        try:
            for event in self._cluster.watch(Selection(api_version, kind, labels=self._labels), self._stop):
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
            if not self._stop.remaining() <= 0:
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
