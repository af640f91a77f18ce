"""What the API server does to an object before it looks at its contents: defaults, and unknown fields dropped."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from spec.crds.model import Field


def with_defaults(node: Field, value: Any) -> Any:
    """Return ``value`` with the defaults below it filled in; what has the wrong form is returned as it is."""
    if node.type == "object" and isinstance(value, dict):
        return _object(node, value)
    if node.type == "array" and isinstance(value, list) and node.items:
        items = node.items
        return [with_defaults(items, item) for item in value]
    return value


def _object(node: Field, value: dict[str, Any]) -> dict[str, Any]:
    filled = dict(value)
    for name, member in node.fields.items():
        # A null counts as absent where there is a default.
        if filled.get(name) is not None:
            filled[name] = with_defaults(member, filled[name])
        elif member.defaulted:
            filled[name] = with_defaults(member, deepcopy(member.default))
    return filled


def pruned(node: Field, value: Any) -> Any:
    """Return ``value`` without the fields that the resource does not have."""
    if node.type == "object" and isinstance(value, dict):
        return {name: pruned(node.fields[name], member) for name, member in value.items() if name in node.fields}
    if node.type == "array" and isinstance(value, list) and node.items:
        items = node.items
        return [pruned(items, item) for item in value]
    return value
