"""Whether an object is as the tables say; what is wrong is told in the words of the Kubernetes API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from spec.crds.model import Field

#: Our name of a finding that is no admission rule -> the reason that the API gives for it.
REASONS = {
    "type": "FieldValueTypeInvalid",
    "required": "FieldValueRequired",
    "enum": "FieldValueNotSupported",
    "duplicate": "FieldValueDuplicate",
    "too-long": "FieldValueTooLong",
    "too-many": "FieldValueTooMany",
    "unknown-field": "FieldValueInvalid",
}
_PYTHON_TYPES: dict[str, type] = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
_NAMES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong with an object: where, what, and which limit or admission rule says so."""

    path: str
    message: str
    rule: str

    @property
    def reason(self) -> str:
        """The reason of a cause in the API's ``Status``."""
        return REASONS.get(self.rule, "FieldValueInvalid")

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def errors_of(node: Field, path: str, value: Any) -> list[FieldError]:
    """Everything that is wrong with ``value`` and below it; admission rules need values of the right form."""
    if not _has_type(node, value):
        return [_wrong_type(node, path, value)]
    if node.type == "object":
        found = list(_object(node, path, value))
    elif node.type == "array":
        found = list(_array(node, path, value))
    else:
        found = list(_scalar(node, path, value))
    if node.rules and all(error.rule == "unknown-field" for error in found):
        found += [
            FieldError(path, f'Invalid value: "{node.type}": {rule.message}', rule.name)
            for rule in node.rules
            if rule.holds is not None and not rule.holds(value)
        ]
    return found


def changes_refused(node: Field, path: str, old: Any, new: Any) -> Iterator[FieldError]:
    """What is wrong with the change from one valid value to another; lists that are no maps are not looked into."""
    for rule in node.rules:
        if rule.allows is not None and not rule.allows(old, new):
            yield FieldError(path, f'Invalid value: "{node.type}": {rule.message}', rule.name)
    if node.type == "object" and isinstance(old, dict) and isinstance(new, dict):
        for name, member in node.fields.items():
            if name in old and name in new:
                yield from changes_refused(member, f"{path}.{name}" if path else name, old[name], new[name])


def _has_type(node: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return node.type == "boolean"
    return isinstance(value, _PYTHON_TYPES[node.type])


def _wrong_type(node: Field, path: str, value: Any) -> FieldError:
    name = "null" if value is None else _NAMES.get(type(value), type(value).__name__)
    return FieldError(path, f'Invalid value: "{name}": {path} in body must be of type {node.type}: "{name}"', "type")


def _object(node: Field, path: str, value: Mapping[str, Any]) -> Iterator[FieldError]:
    prefix = f"{path}." if path else ""
    for name in node.required:
        if name not in value:
            yield FieldError(f"{prefix}{name}", "Required value", "required")
    for name, member in value.items():
        if name in node.fields:
            yield from errors_of(node.fields[name], f"{prefix}{name}", member)
        else:
            yield FieldError(f"{prefix}{name}", f'unknown field "{prefix}{name}"', "unknown-field")


def _array(node: Field, path: str, value: list[Any]) -> Iterator[FieldError]:
    if node.max_items is not None and len(value) > node.max_items:
        yield FieldError(path, f"Too many: {len(value)}: must have at most {node.max_items} items", "too-many")
    if node.min_items is not None and len(value) < node.min_items:
        text = f"Invalid value: {len(value)}: {path} in body should have at least {node.min_items} items"
        yield FieldError(path, text, "min-items")
    assert node.items, "a list has a type of items"
    for number, item in enumerate(value):
        yield from errors_of(node.items, f"{path}[{number}]", item)
    if node.list_type != "atomic":
        yield from _duplicates(node, path, value)


def _duplicates(node: Field, path: str, value: list[Any]) -> Iterator[FieldError]:
    seen: set[str] = set()
    for number, item in enumerate(value):
        if node.list_type == "map":
            if not isinstance(item, dict):
                continue  # already reported as of the wrong type
            shown: Any = {key: item[key] for key in node.keys if key in item}
        else:
            shown = item
        text = json.dumps(shown, separators=(",", ":"), ensure_ascii=False)
        if text in seen:
            yield FieldError(f"{path}[{number}]", f"Duplicate value: {text}", "duplicate")
        seen.add(text)


def _scalar(node: Field, path: str, value: Any) -> Iterator[FieldError]:
    if node.enum and value not in node.enum:
        supported = ", ".join(json.dumps(one) for one in node.enum)
        yield FieldError(path, f"Unsupported value: {json.dumps(value)}: supported values: {supported}", "enum")
    elif isinstance(value, str):
        yield from _string(node, path, value)
    else:
        yield from _number(node, path, value)


def _string(node: Field, path: str, value: str) -> Iterator[FieldError]:
    shown = json.dumps(value, ensure_ascii=False)
    if node.max_length is not None and len(value) > node.max_length:
        yield FieldError(path, f"Too long: may not be more than {node.max_length} characters", "too-long")
    if node.min_length is not None and len(value) < node.min_length:
        text = f"Invalid value: {shown}: {path} in body should be at least {node.min_length} chars long"
        yield FieldError(path, text, "min-length")
    if node.matches and not node.matches.search(value):
        yield FieldError(path, f"Invalid value: {shown}: {path} in body should match '{node.pattern}'", "pattern")
    if node.format == "date-time" and not _is_date_time(value):
        yield FieldError(path, f"Invalid value: {shown}: {path} in body must be of type date-time: {shown}", "format")


def _is_date_time(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _number(node: Field, path: str, value: int) -> Iterator[FieldError]:
    if node.minimum is not None and value < node.minimum:
        text = f"Invalid value: {value}: {path} in body should be greater than or equal to {node.minimum}"
        yield FieldError(path, text, "minimum")
    if node.maximum is not None and value > node.maximum:
        text = f"Invalid value: {value}: {path} in body should be less than or equal to {node.maximum}"
        yield FieldError(path, text, "maximum")
