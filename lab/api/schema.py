"""What the server knows of a type: its fields and how two values of it are merged.

Built from OpenAPI schemas with the ``x-kubernetes-*`` extensions, those of CustomResourceDefinitions and our own
of the built-in types alike. It answers: which fields exist (strict decoding, pruning), which list is a set or a
map with which keys (server-side apply), how strategic merge treats a list, which static defaults there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["struct", "map", "list", "scalar", "any"]
JsonSchema = Mapping[str, Any]
Resolve = Callable[[str], "Node"]

MISSING: Any = object()


@dataclass(slots=True, eq=False)
class Node:
    """One type. ``fields`` of a struct, ``element`` of a list or map; the rest says how values are merged."""

    kind: Kind
    scalar: str = ""  # string, integer, number, boolean or intOrString; "" takes any scalar
    fields: dict[str, Node] = field(default_factory=dict)
    element: Node | None = None
    atomic: bool = False
    keys: tuple[str, ...] = ()  # a list that is a map
    set: bool = False  # a list that is a set
    patch_key: str = ""
    patch_merge: bool = False
    retain_keys: bool = False
    preserve: bool = False  # a struct that keeps fields it does not declare
    default: Any = MISSING

    def child(self, name: str) -> Node:
        """The type of a field or map entry."""
        found = self.fields.get(name)
        if found is not None:
            return found
        return self.element or ANY

    def item(self) -> Node:
        """The type of the elements of a list."""
        return self.element or ANY

    def key_default(self, key: str) -> Any:
        """The default of a list map key that an item leaves out, or None."""
        default = self.item().child(key).default
        return None if default is MISSING else default


# Without a schema objects are merged by field and lists replaced as a whole.
ANY = Node("any", preserve=True)


def compile_schema(schema: JsonSchema, resolve: Resolve) -> Node:
    """The node of a schema; ``resolve`` finds the node of a ``$ref``."""
    reference = _reference(schema)
    node = _referred(resolve(reference)) if reference else _compile_inline(schema, resolve)
    if "default" in schema:
        node.default = schema["default"]
    strategies = str(schema.get("x-kubernetes-patch-strategy", "")).split(",")
    node.patch_merge = "merge" in strategies
    node.retain_keys = "retainKeys" in strategies
    node.patch_key = schema.get("x-kubernetes-patch-merge-key", "")
    if schema.get("x-kubernetes-map-type") == "atomic":
        node.atomic = True
    return node


def _reference(schema: JsonSchema) -> str:
    """The target of a reference, which may stand in ``allOf`` so that it can have neighbours."""
    if "$ref" in schema:
        return str(schema["$ref"])
    every = schema.get("allOf", ())
    return str(every[0].get("$ref", "")) if len(every) == 1 else ""


def _referred(target: Node) -> Node:
    """A copy that shares the fields, to carry what only this use of the type says."""
    return Node(target.kind, target.scalar, target.fields, target.element, target.atomic, preserve=target.preserve)


def _compile_inline(schema: JsonSchema, resolve: Resolve) -> Node:
    if schema.get("x-kubernetes-int-or-string") or schema.get("format") == "int-or-string":
        return Node("scalar", "intOrString")
    kind = schema.get("type")
    if kind == "array":
        return _compile_list(schema, resolve)
    if kind == "object" or "properties" in schema:
        return _compile_object(schema, resolve)
    if kind in {"string", "integer", "number", "boolean"}:
        return Node("scalar", kind)
    return Node("any", preserve=True)


def _compile_list(schema: JsonSchema, resolve: Resolve) -> Node:
    relation = schema.get("x-kubernetes-list-type", "atomic")
    return Node(
        "list",
        element=compile_schema(schema.get("items", {}), resolve),
        atomic=relation == "atomic",
        set=relation == "set",
        keys=tuple(schema.get("x-kubernetes-list-map-keys", ())) if relation == "map" else (),
    )


def _compile_object(schema: JsonSchema, resolve: Resolve) -> Node:
    preserve = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    if schema.get("x-kubernetes-embedded-resource"):
        preserve = True
    properties = schema.get("properties")
    if properties is not None:
        fields = {name: compile_schema(part, resolve) for name, part in properties.items()}
        return Node("struct", fields=fields, preserve=preserve)
    values = schema.get("additionalProperties")
    if isinstance(values, Mapping):
        return Node("map", element=compile_schema(values, resolve))
    return Node("any", preserve=True) if preserve or values else Node("struct")
