"""CustomResourceDefinitions: what is refused, and the resources that one defines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lab.api import clock
from lab.api.builtin.types import node as builtin_node
from lab.api.decode import dig
from lab.api.errors import Cause
from lab.api.resources import Resource, ScalePaths, Validate
from lab.api.schema import ANY, Node, compile_schema
from lab.api.tables import printer_columns

Object = dict[str, Any]
Default = Callable[[Object], Object]


def validate_definition(new: Object, old: Object | None) -> Iterable[Cause]:
    """Everything wrong with a CustomResourceDefinition; its schemas are taken as they come."""
    spec = new.get("spec") or {}
    names = spec.get("names") or {}
    expected = f"{names.get('plural', '')}.{spec.get('group', '')}"
    if new["metadata"].get("name") != expected:
        message = f'Invalid value: "{new["metadata"].get("name")}": must be spec.names.plural+"."+spec.group'
        yield Cause("FieldValueInvalid", message, "metadata.name")
    for field, value in (("group", spec.get("group")), ("names.kind", names.get("kind")), ("scope", spec.get("scope"))):
        if not value:
            yield Cause("FieldValueRequired", "Required value", f"spec.{field}")
    versions = spec.get("versions") or []
    if sum(1 for version in versions if version.get("storage")) != 1:
        message = f"Invalid value: {len(versions)}: must have exactly one version marked as storage version"
        yield Cause("FieldValueInvalid", message, "spec.versions")
    for index, version in enumerate(versions):
        if not dig(version, "schema", "openAPIV3Schema"):
            message = "Required value: schemas are required"
            yield Cause("FieldValueRequired", message, f"spec.versions[{index}].schema.openAPIV3Schema")
    if old is not None and spec.get("scope") != dig(old, "spec", "scope"):
        yield Cause("FieldValueInvalid", f'Invalid value: "{spec.get("scope")}": field is immutable', "spec.scope")


def default_names(definition: Object) -> Object:
    """Fill in the names that follow from the kind."""
    spec = definition.setdefault("spec", {})
    names = spec.setdefault("names", {})
    if kind := names.get("kind"):
        names.setdefault("singular", kind.lower())
        names.setdefault("listKind", f"{kind}List")
    spec.setdefault("conversion", {"strategy": "None"})
    return definition


def established(definition: Object) -> Object:
    """The status of a definition whose resources are served."""
    since = definition["metadata"]["creationTimestamp"] or clock.timestamp()
    spec = definition["spec"]
    conditions = [
        ("NamesAccepted", "NoConflicts", "no conflicts found"),
        ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ]
    return {
        "acceptedNames": spec["names"],
        "conditions": [
            {"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": since}
            for kind, reason, message in conditions
        ],
        "storedVersions": [version["name"] for version in spec["versions"] if version.get("storage")],
    }


def resources_of(definition: Object, default: Default, validate: Validate) -> list[Resource]:
    """The resources that a definition's served versions are."""
    spec = definition["spec"]
    names = spec["names"]
    found = []
    for version in spec["versions"]:
        if not version.get("served"):
            continue
        schema = dig(version, "schema", "openAPIV3Schema") or {}
        subresources = version.get("subresources") or {}
        found.append(
            Resource(
                spec["group"],
                version["name"],
                names["plural"],
                names["kind"],
                namespaced=spec["scope"] == "Namespaced",
                node=_root(schema),
                singular=names.get("singular") or names["kind"].lower(),
                list_kind=names.get("listKind") or f"{names['kind']}List",
                short_names=tuple(names.get("shortNames") or ()),
                categories=tuple(names.get("categories") or ()),
                builtin=False,
                has_status="status" in subresources,
                scale=_scale(subresources.get("scale")),
                counts_generations=True,
                selectable=frozenset(
                    str(each["jsonPath"]).removeprefix(".") for each in version.get("selectableFields") or ()
                ),
                default=default,
                validate=validate,
                columns=printer_columns(version.get("additionalPrinterColumns") or ()),
                schema_ref=_schema_name(spec["group"], version["name"], names["kind"]),
                schema=schema,
            )
        )
    return found


def _schema_name(group: str, version: str, kind: str) -> str:
    return f"{'.'.join(reversed(group.split('.')))}.{version}.{kind}"


def _root(schema: Mapping[str, Any]) -> Node:
    """The type of whole objects: the schema, and the metadata that it leaves to the server."""
    root = compile_schema(schema, lambda _reference: ANY)
    metadata = builtin_node("ObjectMeta")
    text = Node("scalar", "string")
    return Node(
        "struct",
        fields={**root.fields, "apiVersion": text, "kind": text, "metadata": metadata},
        preserve=root.preserve or root.kind == "any",
    )


def _scale(paths: Mapping[str, str] | None) -> ScalePaths | None:
    if not paths:
        return None
    return ScalePaths(
        _names(paths["specReplicasPath"]),
        _names(paths["statusReplicasPath"]),
        _names(paths.get("labelSelectorPath", "")),
    )


def _names(path: str) -> tuple[str, ...]:
    return tuple(filter(None, path.split(".")))
