"""From the JSON a client sent to an object of a type: unknown fields, wrong types, static defaults.

A real server decodes built-in types strictly typed (a wrong type is 400 Bad Request), and custom resources by
their schema (a wrong type is 422 Invalid, found by validation). Unknown fields are dropped in both, and reported
so that the caller can refuse or warn as the request's ``fieldValidation`` asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.api.errors import StatusError, bad_request
from lab.api.schema import MISSING, Node

_EXPECTED = {"string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "intOrString": (int, str)}
_JSON_NAMES = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}


def prune(node: Node, value: Any, path: str = "") -> tuple[Any, list[str]]:
    """The value without fields that the type does not declare, and without nulls; the paths of the unknown ones."""
    unknown: list[str] = []
    return _prune(node, value, path, unknown), unknown


def _prune(node: Node, value: Any, path: str, unknown: list[str]) -> Any:
    if isinstance(value, dict):
        if node.kind == "scalar":
            return value
        kept = {}
        for name, part in value.items():
            where = f"{path}.{name}" if path else name
            if node.kind == "struct" and name not in node.fields and not node.preserve:
                unknown.append(where)
            elif part is not None:
                kept[name] = _prune(node.child(name), part, where, unknown)
        return kept
    if isinstance(value, list):
        item = node.item()
        return [_prune(item, part, f"{path}[{index}]", unknown) for index, part in enumerate(value)]
    return value


def check_types(node: Node, value: Any, kind: str, version: str, path: str = "") -> None:
    """Raises StatusError (400) at the first value whose JSON type is not the declared one."""
    match node.kind:
        case "struct" | "map":
            _expect(isinstance(value, dict), value, "object", kind, version, path)
            for name, part in value.items():
                check_types(node.child(name), part, kind, version, f"{path}.{name}")
        case "list":
            _expect(isinstance(value, list), value, "array", kind, version, path)
            for part in value:
                check_types(node.item(), part, kind, version, path)
        case "scalar" if node.scalar:
            right = isinstance(value, _EXPECTED[node.scalar])
            if isinstance(value, bool) and node.scalar != "boolean":
                right = False
            _expect(right or _quantity(node, value), value, node.scalar, kind, version, path)


def _quantity(node: Node, value: object) -> bool:
    return node.scalar == "intOrString" and isinstance(value, float)


def _expect(right: bool, value: object, wanted: str, kind: str, version: str, path: str) -> None:
    if not right:
        given = _JSON_NAMES.get(type(value), "null")
        raise bad_request(
            f'{kind} in version "{version}" cannot be handled as a {kind}: json: cannot unmarshal {given} '
            f"into field {kind}{path} of type {wanted}"
        )


def refuse_unknown(unknown: list[str], kind: str, version: str) -> StatusError:
    """The refusal of ``fieldValidation=Strict``."""
    listed = ", ".join(f'unknown field "{path}"' for path in unknown)
    return bad_request(f'{kind} in version "{version}" cannot be handled as a {kind}: strict decoding error: {listed}')


def fill_defaults(node: Node, value: Any) -> Any:
    """The value with the type's static defaults filled in, at every level that is present."""
    if isinstance(value, dict) and node.kind in {"struct", "map"}:
        filled = {name: fill_defaults(node.child(name), part) for name, part in value.items()}
        for name, part in node.fields.items():
            if part.default is not MISSING and name not in filled:
                filled[name] = part.default
        return filled
    if isinstance(value, list):
        return [fill_defaults(node.item(), part) for part in value]
    return value


def copy(value: Any) -> Any:
    """A deep copy of JSON data, faster than the general one."""
    if isinstance(value, dict):
        return {key: copy(part) for key, part in value.items()}
    if isinstance(value, list):
        return [copy(part) for part in value]
    return value


def dig(value: Mapping[str, Any], *names: str) -> Any:
    """The value at a path of field names, or None."""
    found: Any = value
    for name in names:
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found
