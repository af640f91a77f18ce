"""Writing to a status what another controller might: ``patchStatus``."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from harness.cluster import Cluster, ClusterError, Obj, Ref
from harness.play.ports import Clock
from harness.play.statuses import Entry, Known, Written, entries_of, is_mesh, reference
from harness.scenario.model import PatchStatus

_CONFLICT = 409
_TRIES = 20  # the mesh may write at the same time
_PAUSE = 0.1


def patch(cluster: Cluster, clock: Clock, ref: Ref, step: PatchStatus, known: Known) -> Written:
    """Write it, beside all that is there; returns it as it was stored. Raises ClusterError."""
    for attempt in range(_TRIES):
        obj = cluster.get(ref)
        if obj is None:
            raise ClusterError(f"{ref} does not exist, so that its status cannot be written")
        parents = patched(obj, step, known, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        try:
            stored = cluster.patch_status(ref, {"parents": parents}, str(obj["metadata"].get("resourceVersion", "")))
        except ClusterError as error:
            if error.code != _CONFLICT or attempt + 1 == _TRIES:
                raise
            clock.sleep(_PAUSE)
            continue
        return written(stored, step, known)
    raise ClusterError(f"the status of {ref} changes all the time")


def patched(obj: Obj, step: PatchStatus, known: Known, now: str) -> list[dict[str, Any]]:
    """The entries of an object together with what the step writes. Pure; raises ClusterError."""
    parents = [copy.deepcopy(dict(entry)) for entry in entries_of(obj)]
    generation = obj["metadata"].get("generation", 1)
    if step.entry is not None:
        entry = copy.deepcopy(step.entry)
        entry["conditions"] = [_filled(one, generation, now) for one in entry.get("conditions") or ()]
        return [*parents, entry]
    mine = [entry for entry in parents if is_mesh(entry, known)]
    if len(mine) != 1:
        raise ClusterError(f"the mesh has {len(mine)} entries to which a condition could be added, and not one")
    mine[0]["conditions"] = [*(mine[0].get("conditions") or ()), _filled(step.condition or {}, generation, now)]
    return parents


def written(stored: Obj, step: PatchStatus, known: Known) -> Written:
    """What the step wrote, found in the object as it was stored. Pure; raises ClusterError."""
    if step.entry is not None:
        namespace = stored["metadata"].get("namespace", "")
        wanted = (step.entry.get("controllerName"), reference(step.entry.get("parentRef") or {}, namespace))
        for entry in entries_of(stored):
            if (entry.get("controllerName"), reference(entry.get("parentRef") or {}, namespace)) == wanted:
                return Written(entry=entry)
    else:
        kind = (step.condition or {}).get("type")
        for condition in _conditions(stored, known):
            if condition.get("type") == kind:
                return Written(condition=condition)
    raise ClusterError(f"what {step.patchStatus} wrote was not stored")


def _conditions(obj: Obj, known: Known) -> list[Entry]:
    return [one for entry in entries_of(obj) if is_mesh(entry, known) for one in entry.get("conditions") or ()]


def _filled(condition: dict[str, Any], generation: int, now: str) -> dict[str, Any]:
    """A condition with the fields that the API demands."""
    about = {"observedGeneration": generation, "lastTransitionTime": now, "reason": "Foreign", "message": ""}
    return {**about, **condition}
