"""The compiled form of the field tables: a tree of fields for each resource, ready for defaulting and validation."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

FieldType = Literal["object", "array", "string", "integer", "boolean"]
ListType = Literal["atomic", "set", "map"]


class NoDefault:
    """The type of NO_DEFAULT, which tells "no default" from a default of null."""

    def __repr__(self) -> str:
        return "NO_DEFAULT"


NO_DEFAULT: Final = NoDefault()


@dataclass(frozen=True, slots=True)
class Rule:
    """An admission rule about a value that is well-formed and has its defaults.

    ``holds`` judges the value; ``allows`` a change of it, from the old value to the new one. One of them is set.
    """

    name: str
    message: str
    holds: Callable[[Any], bool] | None
    allows: Callable[[Any, Any], bool] | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One field, list item or root object; limits are None where there is none."""

    type: FieldType
    doc: str
    format: str | None = None
    default: Any = NO_DEFAULT
    enum: tuple[Any, ...] = ()
    pattern: str | None = None
    matches: re.Pattern[str] | None = None  # the pattern as Python understands it
    min_length: int | None = None
    max_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    list_type: ListType | None = None
    keys: tuple[str, ...] = ()
    items: Field | None = None
    fields: Mapping[str, Field] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    since: tuple[tuple[str, str], ...] = ()  # (channel, release); empty: from the first release in every channel

    @property
    def defaulted(self) -> bool:
        """Whether the API server fills the field in."""
        return self.default is not NO_DEFAULT


@dataclass(frozen=True, slots=True)
class ServedVersion:
    """A version of a resource that the API serves; all versions have the same fields."""

    name: str
    storage: bool


@dataclass(frozen=True, slots=True)
class Column:
    """A column of ``kubectl get``."""

    name: str
    type: str
    json_path: str


@dataclass(frozen=True, slots=True)
class Table:
    """A resource of the Gateway API in one release and channel."""

    group: str
    kind: str
    plural: str
    singular: str
    categories: tuple[str, ...]
    versions: tuple[ServedVersion, ...]
    columns: tuple[Column, ...]
    root: Field  # the members that the resource adds to apiVersion, kind and metadata
    scope: str = "Namespaced"  # or "Cluster"
    short_names: tuple[str, ...] = ()
    status_subresource: bool = True

    @property
    def rules(self) -> dict[str, Rule]:
        """Every admission rule of the resource, by name."""
        found: dict[str, Rule] = {}
        pending = [self.root]
        while pending:
            node = pending.pop()
            found |= {rule.name: rule for rule in node.rules}
            pending += [*node.fields.values(), *([node.items] if node.items else [])]
        return found
