"""From the JSON a client sent to an object of a type: unknown fields, wrong types, static defaults.

A real server decodes built-in types strictly typed (a wrong type is 400 Bad Request), and custom resources by
their schema (a wrong type is 422 Invalid, found by validation). Unknown fields are dropped in both, and reported
so that the caller can refuse or warn as the request's ``fieldValidation`` asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.api.errors import StatusError, bad_request
from lab.api.schema import MISSING, Node

# Quantities may be written as numbers with a fraction, so they are taken where a number or a string is.
_EXPECTED: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "intOrString": (int, float, str),
}
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


@dataclass(frozen=True, slots=True)
class TypeName:
    """The kind and version that messages about wrong types name."""

    kind: str
    version: str


def check_types(node: Node, value: Any, name: TypeName, path: str = "") -> None:
    """Raises StatusError (400) at the first value whose JSON type is not the declared one."""
    match node.kind:
        case "struct" | "map":
            if not isinstance(value, dict):
                raise _wrong_type(value, "object", name, path)
            for field, part in value.items():
                check_types(node.child(field), part, name, f"{path}.{field}")
        case "list":
            if not isinstance(value, list):
                raise _wrong_type(value, "array", name, path)
            for part in value:
                check_types(node.item(), part, name, path)
        case "scalar" if node.scalar and not _is_scalar(node.scalar, value):
            raise _wrong_type(value, node.scalar, name, path)


def _is_scalar(scalar: str, value: object) -> bool:
    # In Python a bool is an int, in JSON it is not a number.
    return isinstance(value, _EXPECTED[scalar]) and (scalar == "boolean") is isinstance(value, bool)


def _wrong_type(value: object, wanted: str, name: TypeName, path: str) -> StatusError:
    given = _JSON_NAMES.get(type(value), "null")
    return bad_request(
        f'{name.kind} in version "{name.version}" cannot be handled as a {name.kind}: json: cannot unmarshal {given} '
        f"into field {name.kind}{path} of type {wanted}"
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
