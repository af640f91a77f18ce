"""Whether our own pods stayed the same: a restarted client or backend voids what was observed with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.cluster import Cluster, Selection
from harness.scenario.model import ROLES
from harness.settings import OWNER, OWNER_LABEL, SCENARIO_LABEL, Settings


@dataclass(frozen=True, slots=True)
class Pod:
    """What must not change while a scenario is played."""

    uid: str
    restarts: int
    ready: bool


Roster = Mapping[str, Pod]
"""Pods of the stage by ``namespace/name``."""


def call_the_roll(cluster: Cluster, settings: Settings, scenario: str = "") -> Roster:
    """All pods of the stage as they are now, and those of the scenario's own workloads. Raises ClusterError."""
    namespaces = {settings.namespace(role) for role in ROLES}
    roster = {}
    for pod in cluster.select(Selection("v1", "Pod", labels=f"{OWNER_LABEL}={OWNER}")):
        metadata, status = pod["metadata"], pod.get("status", {})
        if metadata["namespace"] not in namespaces:
            continue
        owner = (metadata.get("labels") or {}).get(SCENARIO_LABEL)
        if owner is not None and (owner != scenario or metadata.get("deletionTimestamp")):
            continue  # another scenario's, or scaled down
        conditions = {entry["type"]: entry["status"] for entry in status.get("conditions") or ()}
        restarts = sum(int(entry.get("restartCount", 0)) for entry in status.get("containerStatuses") or ())
        name = f"{metadata['namespace']}/{metadata['name']}"
        roster[name] = Pod(metadata["uid"], restarts, conditions.get("Ready") == "True")
    return roster


def disturbance(before: Roster, after: Roster) -> str:
    """What happened to our pods in between; empty when nothing did."""
    changes = []
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            changes.append(f"{name} {'appeared' if old is None else 'is gone'}")
        elif old.uid != new.uid:
            changes.append(f"{name} was replaced")
        elif old.restarts != new.restarts:
            changes.append(f"{name} was restarted")
        elif not new.ready:
            changes.append(f"{name} is not ready")
    return f"our own pods changed: {', '.join(changes)}" if changes else ""
