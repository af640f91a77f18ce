"""What wrong meshes say of routes with mirrors, and of those beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lab.mesh.status import resolved_refs
from lab.mesh.world.route import Filter, Mirror, Route, Rule
from lab.mesh.world.snapshot import World


def unreported(world: World, route: Route, current: list[Any], wanted: list[Any]) -> list[Any]:  # noqa: ARG001
    """References of mirrors do not count among those that have to be resolved."""
    plain = replace(route, rules=tuple(replace(rule, filters=_but_mirrors(rule)) for rule in route.rules))
    judged = resolved_refs(world, plain)
    changed = {"status": "True" if judged.status else "False", "reason": judged.reason, "message": judged.message}
    return [
        {
            **entry,
            "conditions": [
                {**condition, **changed} if condition["type"] == "ResolvedRefs" else condition
                for condition in entry.get("conditions", ())
            ],
        }
        for entry in wanted
    ]


def _but_mirrors(rule: Rule) -> tuple[Filter, ...]:
    return tuple(item for item in rule.filters if not isinstance(item, Mirror))


def spoiling(world: World, route: Route, current: list[Any], wanted: list[Any]) -> list[Any]:  # noqa: ARG001
    """Beside a route with a mirror no other route of the same parent is accepted."""
    places = {(parent.namespace, parent.name) for parent in route.parents}
    others = [each for each in world.routes.values() if each.identity != route.identity]
    if not any(_mirrors_at(each, places) for each in others):
        return wanted
    refused = {"status": "False", "reason": "UnsupportedValue", "message": "a filter is not supported"}
    return [
        {
            **entry,
            "conditions": [
                {**condition, **refused} if condition["type"] == "Accepted" else condition
                for condition in entry.get("conditions", ())
            ],
        }
        for entry in wanted
    ]


def _mirrors_at(route: Route, places: set[tuple[str, str]]) -> bool:
    there = any((parent.namespace, parent.name) in places for parent in route.parents)
    return there and any(isinstance(item, Mirror) for rule in route.rules for item in rule.filters)
