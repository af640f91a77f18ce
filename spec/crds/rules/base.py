"""The register of the admission rules, and what their predicates share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Value = Mapping[str, Any]
Predicate = Callable[[Any], bool]
Transition = Callable[[Any, Any], bool]

#: Every predicate by the name of its rule.
PREDICATES: dict[str, Predicate] = {}
#: Rules about changes: what tells whether the new value may replace the old one.
TRANSITIONS: dict[str, Transition] = {"immutable": lambda old, new: bool(old == new)}


def rule(name: str) -> Callable[[Predicate], Predicate]:
    """Register the decorated predicate as what decides the rule ``name``."""

    def register(predicate: Predicate) -> Predicate:
        PREDICATES[name] = predicate
        return predicate

    return register


def distinct(values: Iterable[Any]) -> bool:
    """Whether no value comes twice."""
    seen = list(values)
    return len(seen) == len(set(seen))
