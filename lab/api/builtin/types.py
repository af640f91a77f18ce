"""The types of the built-in resources, from compact tables to OpenAPI schemas and to ``Node``.

A table has one block for each type: its name and, if it is replaced as a whole, ``atomic``; then fields, separated
by commas, as ``name type flags``. Types are ``string int bool number time quantity intOrString any``, another type's
name, ``[]T`` and ``{}T``. Flags: ``!`` required, ``=value`` default, ``set`` and ``map=key/key`` for lists that
server-side apply merges, ``patch``, ``patch=key`` and ``retainKeys`` for strategic merge, ``atomic``.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from lab.api.builtin import table_core, table_meta, table_pods
from lab.api.schema import Node, compile_schema

_PREFIX = "#/components/schemas/"
_SCALARS: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "int": {"type": "integer", "format": "int64"},
    "bool": {"type": "boolean"},
    "number": {"type": "number"},
    "time": {"type": "string", "format": "date-time"},
    "quantity": {"x-kubernetes-int-or-string": True, "oneOf": [{"type": "string"}, {"type": "number"}]},
    "intOrString": {"x-kubernetes-int-or-string": True, "oneOf": [{"type": "string"}, {"type": "integer"}]},
    "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
}
# Type names that two packages share, or that the table had to tell apart.
_PUBLIC_NAMES = {"CoreEndpointPort": "EndpointPort", "EventsEvent": "Event", "EventsEventSeries": "EventSeries"}


class _Tables:
    """All blocks: the package and the field text of each type name."""

    def __init__(self) -> None:
        self.package: dict[str, str] = {}
        self.atomic: set[str] = set()
        self.text: dict[str, list[str]] = {}
        for table in (table_meta.TABLE, table_core.TABLE, table_pods.TABLE):
            self._read(table)

    def _read(self, table: str) -> None:
        package = name = ""
        for line in table.splitlines():
            if line.startswith("package "):
                package = line.split()[1]
            elif line.startswith("  "):
                self.text[name] += line.split(",")
            elif line:
                name, *flags = line.split()
                self.package[name] = package
                self.text[name] = []
                if flags:
                    self.atomic.add(name)


@cache
def _tables() -> _Tables:
    return _Tables()


def public_name(name: str) -> str:
    """The name of a type in the OpenAPI document, like ``io.k8s.api.core.v1.Pod``."""
    return f"{_tables().package[name]}.{_PUBLIC_NAMES.get(name, name)}"


def type_names() -> list[str]:
    """All types, as the tables name them."""
    return list(_tables().package)


@cache
def openapi_schema(name: str) -> dict[str, Any]:
    """The OpenAPI v3 schema of one type; it refers to others by ``$ref`` to their public names."""
    properties: dict[str, Any] = {}
    required = []
    if name in TOP_LEVEL:
        properties |= {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}
    for text in _tables().text[name]:
        field, kind, *flags = text.split()
        properties[field] = _annotated(_type(kind), flags)
        if "!" in flags:
            required.append(field)
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    if name in _tables().atomic:
        schema["x-kubernetes-map-type"] = "atomic"
    return schema


def _type(kind: str) -> dict[str, Any]:
    if kind.startswith("[]"):
        return {"type": "array", "items": _type(kind[2:])}
    if kind.startswith("{}"):
        return {"type": "object", "additionalProperties": _type(kind[2:])}
    if kind in _SCALARS:
        return dict(_SCALARS[kind])
    return {"allOf": [{"$ref": _PREFIX + public_name(kind)}]}


def _annotated(schema: dict[str, Any], flags: list[str]) -> dict[str, Any]:
    if schema.get("type") == "array":
        schema["x-kubernetes-list-type"] = "atomic"
    strategies = []
    for flag in flags:
        word, _, value = flag.partition("=")
        if word in {"patch", "retainKeys"}:
            strategies.append("merge" if word == "patch" else word)
        if word == "patch" and value:
            schema["x-kubernetes-patch-merge-key"] = value
        schema |= _annotation(word, value)
    if strategies:
        schema["x-kubernetes-patch-strategy"] = ",".join(strategies)
    return schema


def _annotation(word: str, value: str) -> dict[str, Any]:
    """What a flag of a table adds to the schema of its field."""
    match word:
        case "":
            return {"default": int(value) if value.isdigit() else value}
        case "set":
            return {"x-kubernetes-list-type": "set"}
        case "map":
            return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": value.split("/")}
        case "atomic":
            return {"x-kubernetes-map-type": "atomic"}
        case _:
            return {}


# The types that are objects of their own, and so have apiVersion and kind.
TOP_LEVEL = frozenset(
    [
        "Namespace",
        "ConfigMap",
        "Secret",
        "ServiceAccount",
        "Service",
        "Endpoints",
        "Node",
        "Event",
        "Pod",
        "Deployment",
        "ReplicaSet",
        "Scale",
        "EndpointSlice",
        "Lease",
        "EventsEvent",
        "CustomResourceDefinition",
        "SelfSubjectAccessReview",
        "SelfSubjectReview",
        "SelfSubjectRulesReview",
        "TokenRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "Role",
        "RoleBinding",
    ]
)


@cache
def _by_public_name() -> dict[str, str]:
    return {public_name(name): name for name in type_names()}


def _resolve(reference: str) -> Node:
    return node(_by_public_name()[reference.removeprefix(_PREFIX)])


@cache
def node(name: str) -> Node:
    """The merge and decoding rules of one type."""
    return compile_schema(openapi_schema(name), _resolve)


def referenced(schema: object) -> set[str]:
    """The type names (as in the tables) that a schema refers to, itself only one level deep."""
    found = re.findall(re.escape(_PREFIX) + r"([\w.\-]+)", repr(schema))
    return {_by_public_name()[name] for name in found if name in _by_public_name()}
