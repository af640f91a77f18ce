"""What a mesh writes into the status of routes, for defects: our entries and conditions, one by one.

All is computed from what ought to be written and from what stands there, so that it comes to rest: a status that
was written once is not written again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from lab.mesh.status import CONTROLLER
from lab.mesh.world.parse_route import parse_parent
from lab.mesh.world.route import ParentRef, Route
from lab.mesh.world.snapshot import World

Json = dict[str, Any]
Status = Callable[[World, Route, list[Any], list[Any]], list[Any]]
# For conditions that no other says since when they hold.
_LONG_AGO = "2026-01-01T00:00:00Z"


class Case(NamedTuple):
    """An entry or condition of ours as it ought to be (`now`), and the one that stands in its place, if any."""

    world: World
    route: Route
    now: Json
    old: Json | None

    @property
    def parent(self) -> ParentRef:
        """The parent that the entry is about."""
        return parse_parent(self.now["parentRef"], self.route.key.namespace)


Change = Callable[[Case], Json | None]


def each_entry(change: Change) -> Status:
    """Our entries, each changed by itself or left out (None); of those that become alike there is one."""

    def judged(world: World, route: Route, current: list[Any], wanted: list[Any]) -> list[Any]:
        found: list[Any] = []
        for entry in wanted:
            if not ours(entry):
                found.append(entry)
                continue
            made = change(Case(world, route, entry, before(current, entry)))
            if made is not None and before(found, made) is None:
                found.append(_timed(made, before(current, made)))
        return found

    return judged


def each_condition(change: Change, *types: str) -> Status:
    """The conditions of our entries, those of some `types` or all, each changed by itself or left out (None)."""

    def entry(case: Case) -> Json:
        found = []
        for condition in case.now["conditions"]:
            wanted = not types or condition["type"] in types
            inner = Case(case.world, case.route, condition, named(case.old, condition["type"]))
            made = change(inner) if wanted else condition
            if made is not None:
                found.append(made)
        return {**case.now, "conditions": found}

    return each_entry(entry)


def reworded(reason: str, /, **fields: str) -> Status:
    """Conditions with this reason say something else."""
    return each_condition(lambda case: {**case.now, **fields} if case.now["reason"] == reason else case.now)


def adding(kind: str, make: Change) -> Status:
    """Our entries, each with one more condition of this type unless `make` gives none for the entry."""

    def entry(case: Case) -> Json:
        made = None if named(case.now, kind) else make(case)
        if made is None:
            return case.now
        whole = {"type": kind, "message": "", "observedGeneration": case.route.generation, **made}
        return {**case.now, "conditions": [*case.now["conditions"], whole]}

    return each_entry(entry)


def with_status(entry: Json, kind: str, **fields: str) -> Json:
    """The entry, in which the condition of this type says something else."""
    conditions = [{**each, **fields} if each["type"] == kind else each for each in entry["conditions"]]
    return {**entry, "conditions": conditions}


def ours(entry: Json) -> bool:
    """Whether the entry is of this mesh."""
    return bool(entry.get("controllerName") == CONTROLLER)


def before(current: Sequence[Json], entry: Json) -> Json | None:
    """What stands there for the same parent under the same name."""
    for old in current:
        if old.get("controllerName") == entry["controllerName"] and old["parentRef"] == entry["parentRef"]:
            return old
    return None


def named(entry: Json | None, kind: str) -> Json | None:
    """The entry's condition of this type."""
    return next((each for each in (entry or {}).get("conditions") or () if each["type"] == kind), None)


def _timed(entry: Json, old: Json | None) -> Json:
    """The entry; conditions that stand there and say the same keep their time."""
    conditions = []
    for condition in entry["conditions"]:
        known = named(old, condition["type"])
        time = condition.get("lastTransitionTime", _LONG_AGO)
        if known is not None and known["status"] == condition["status"]:
            time = known["lastTransitionTime"]
        conditions.append({**condition, "lastTransitionTime": time})
    return {**entry, "conditions": conditions}
