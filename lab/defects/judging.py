"""Status that lies: conditions and entries other than those that follow from the cluster (`Decisions.status`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lab.mesh.status import CONTROLLER
from lab.mesh.world.parse_route import parse_parent
from lab.mesh.world.route import ParentRef, Route
from lab.mesh.world.snapshot import World

Parents = list[Any]
Status = Callable[[World, Route, Parents, Parents], Parents]


class Told(NamedTuple):
    """What is said in place of the truth."""

    status: bool
    reason: str
    message: str


# By the condition's type; nothing: the truth is told.
Lies = Callable[[World, Route, ParentRef], Mapping[str, Told]]


def lying(lies: Lies) -> Status:
    """Conditions of our entries are replaced; those that the entry does not have are left alone."""

    def judged(world: World, route: Route, current: Parents, wanted: Parents) -> Parents:
        return [_entry(world, route, current, each, lies) for each in wanted]

    return judged


def _entry(world: World, route: Route, current: Parents, entry: dict[str, Any], lies: Lies) -> dict[str, Any]:
    parent = parse_parent(entry["parentRef"], route.key.namespace)
    told = lies(world, route, parent) if entry["controllerName"] == CONTROLLER else {}
    if not told:
        return entry
    before: Parents = next((each["conditions"] for each in current if _same(each, entry)), [])
    return entry | {"conditions": [_condition(each, told.get(each["type"]), before) for each in entry["conditions"]]}


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return (one["controllerName"], one["parentRef"]) == (other["controllerName"], other["parentRef"])


def _condition(condition: dict[str, Any], told: Told | None, before: Parents) -> dict[str, Any]:
    """The condition as told. Its time changes only with its status, or it would be written again and again."""
    if told is None:
        return condition
    status = "True" if told.status else "False"
    old = next((each for each in before if each["type"] == condition["type"] and each["status"] == status), condition)
    lie = {"status": status, "reason": told.reason, "message": told.message}
    return {**condition, **lie, "lastTransitionTime": old["lastTransitionTime"]}


def adding(extra: Callable[[World, Route], list[ParentRef]]) -> Status:
    """Entries of ours for parents that are not: they say that the route is accepted."""

    def judged(world: World, route: Route, current: Parents, wanted: Parents) -> Parents:
        ours = {parent.identity: parent for parent in extra(world, route)}
        kept = [each for each in current if each["controllerName"] == CONTROLLER and _identity(each, route) in ours]
        fresh = {_identity(each, route): each for each in kept}
        clocks = [each["lastTransitionTime"] for entry in (*kept, *wanted) for each in entry["conditions"]]
        when = clocks[0] if clocks else "2026-01-01T00:00:00Z"
        made = [_accepted(parent, route, when) for parent in ours.values()]
        return [*(each for each in wanted if _identity(each, route) not in fresh), *made]

    return judged


def _identity(entry: Mapping[str, Any], route: Route) -> object:
    return parse_parent(entry["parentRef"], route.key.namespace).identity


def _accepted(parent: ParentRef, route: Route, when: str) -> dict[str, Any]:
    said = {"status": "True", "message": "", "observedGeneration": route.generation, "lastTransitionTime": when}
    conditions = [{"type": kind, "reason": kind, **said} for kind in ("Accepted", "ResolvedRefs")]
    return {"parentRef": dict(parent.raw), "controllerName": CONTROLLER, "conditions": conditions}
