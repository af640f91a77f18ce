"""The status a route should have. Pure; writing it is the controller's part.

It is the same for routes of every type (status.grpcroute-parity).

Only entries with our controllerName are ours: everything else in `status.parents` is copied as it is, in its place
(status.foreign-entries-untouched), and so are conditions of other types inside our entries
(status.foreign-conditions-untouched).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab.mesh.model.attachment import Refusal, attached_routes, group_routes, resolve_parent
from lab.mesh.model.backends import resolve_backend
from lab.mesh.model.conflicts import prevailing_routes
from lab.mesh.model.validity import EXTENSION, rule_problem, usable_routes
from lab.mesh.world.parse_route import parse_parent, references
from lab.mesh.world.route import ObjectKey, ParentRef, Route, UnknownFilter
from lab.mesh.world.service import ServicePort
from lab.mesh.world.snapshot import World, is_service
from lab.poses import LAB

CONTROLLER = LAB.controller
OUR_CONDITIONS = frozenset({"Accepted", "ResolvedRefs", "PartiallyInvalid"})

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, without the fields that depend on when it was written."""

    type: str
    status: bool
    reason: str
    message: str


def parent_conditions(world: World, route: Route, parent: ParentRef) -> tuple[Condition, ...]:
    """What the mesh says of the route at this parent; each parent is judged by itself (status.one-entry-per-parent)."""
    problems = [rule_problem(rule) for rule in route.rules]
    broken = [problem for problem in problems if problem is not None]
    target = resolve_parent(world, parent, route.kind)
    resolved = resolved_refs(world, route)
    if isinstance(target, Refusal):
        return (Condition("Accepted", status=False, reason=target.reason, message=target.message), resolved)
    if broken and len(broken) == len(problems):  # status.unsupported-value
        first = broken[0]
        return (Condition("Accepted", status=False, reason=first.reason, message=first.message), resolved)
    if all(outranked(world, route, parent, port) for port in target):  # status.conflicted-route-type
        message = "Routes of a more specific type govern the parent"
        return (Condition("Accepted", status=False, reason="Conflicted", message=message), resolved)
    # status.accepted-true, status.accepted-with-bad-backend
    accepted = Condition("Accepted", status=True, reason="Accepted", message="The route governs its parent")
    if not broken:  # status.partially-invalid-only-when-mixed
        return (accepted, resolved)
    dropped = "; ".join(f"rule {index}: {problem.message}" for index, problem in enumerate(problems) if problem)
    partial = Condition("PartiallyInvalid", status=True, reason=broken[0].reason, message=f"Dropped Rule: {dropped}")
    return (accepted, resolved, partial)  # status.partially-invalid


def outranked(world: World, route: Route, parent: ParentRef, port: ServicePort) -> bool:
    """Whether the route has no effect at this port because of its type (grpc.type-conflict-per-port)."""
    service = world.services[ObjectKey(parent.namespace, parent.name)]
    attached = attached_routes(world, service, port)
    if all(each.kind is route.kind for each in attached):
        return False
    groups = group_routes(service, usable_routes(attached))
    group = groups.consumers.get(route.key.namespace, groups.producer)
    return all(winner.kind is not route.kind for winner in prevailing_routes(group))


def resolved_refs(world: World, route: Route) -> Condition:
    """Whether everything the rules refer to exists and can be used (status.resolvedrefs-true, backend-not-found)."""
    refusals = [
        found
        for rule in route.rules
        for ref in references(rule)
        if isinstance(found := resolve_backend(world, ref, route.kind), Refusal)
    ]
    refusals += [
        Refusal("InvalidKind", "ExtensionRef names a filter that this mesh does not know")
        for rule in route.rules
        for filters in (rule.filters, *(backend.filters for backend in rule.backends))
        for item in filters
        if isinstance(item, UnknownFilter) and item.type == EXTENSION
    ]
    if not refusals:
        return Condition("ResolvedRefs", status=True, reason="ResolvedRefs", message="All references are resolved")
    messages = dict.fromkeys(refusal.message for refusal in refusals)
    return Condition("ResolvedRefs", status=False, reason=refusals[0].reason, message="; ".join(messages))


def desired_parents(
    world: World, route: Route, current: Sequence[Json], now: str, controller: str = CONTROLLER
) -> list[dict[str, Any]]:
    """`status.parents` as it ought to be, given what is there; equal to `current` if there is nothing to write.

    Only core Services are our parents (status.no-status-for-foreign-parents). Our entries for parents that have left
    the spec go away (status.stale-entries-cleaned). `now` is for conditions whose status changes.
    """
    ours = {parent.identity: parent for parent in route.parents if is_service(parent)}
    entries: list[dict[str, Any]] = []
    for entry in current:
        if entry.get("controllerName") != controller:
            entries.append(dict(entry))
            continue
        identity = parse_parent(entry["parentRef"], route.key.namespace).identity
        if (parent := ours.pop(identity, None)) is not None:
            conditions = _conditions(world, route, parent, entry.get("conditions") or (), now)
            entries.append(_entry(parent, controller, conditions))
    entries += [_entry(parent, controller, _conditions(world, route, parent, (), now)) for parent in ours.values()]
    return entries


def _entry(parent: ParentRef, controller: str, conditions: list[dict[str, Any]]) -> dict[str, Any]:
    """One entry (status.parentref-mirrors-spec, status.controller-name)."""
    return {"parentRef": dict(parent.raw), "controllerName": controller, "conditions": conditions}


def _conditions(
    world: World, route: Route, parent: ParentRef, before: Sequence[Json], now: str
) -> list[dict[str, Any]]:
    """Our conditions as they ought to be, and those of others as they are."""
    wanted = {condition.type: condition for condition in parent_conditions(world, route, parent)}
    conditions: list[dict[str, Any]] = []
    for old in before:
        if old["type"] not in OUR_CONDITIONS:
            conditions.append(dict(old))
        elif (condition := wanted.pop(old["type"], None)) is not None:
            conditions.append(_written(condition, route.generation, old, now))
    conditions += [_written(condition, route.generation, None, now) for condition in wanted.values()]
    return conditions


def _written(condition: Condition, generation: int, old: Json | None, now: str) -> dict[str, Any]:
    """The condition as the API has it; its time changes only with its status (status.observed-generation)."""
    status = "True" if condition.status else "False"
    kept = old is not None and old.get("status") == status
    return {
        "type": condition.type,
        "status": status,
        "reason": condition.reason,
        "message": condition.message,
        "observedGeneration": generation,
        "lastTransitionTime": old["lastTransitionTime"] if old is not None and kept else now,
    }
