"""CustomResourceDefinitions with structural OpenAPI schemas, rendered from the tables."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from spec.crds.model import Field, Table

_LIMITS = {
    "format": "format",
    "pattern": "pattern",
    "min_length": "minLength",
    "max_length": "maxLength",
    "minimum": "minimum",
    "maximum": "maximum",
    "min_items": "minItems",
    "max_items": "maxItems",
    "list_type": "x-kubernetes-list-type",
}
_TYPE_META = {
    "apiVersion": {"type": "string", "description": "The group and version that the object is written in."},
    "kind": {"type": "string", "description": "The kind of the object."},
    "metadata": {"type": "object"},
}


def crd(table: Table, bundle: str, channel: str) -> dict[str, Any]:
    """The definition of a resource, with the annotations that tell release and channel."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{table.plural}.{table.group}",
            "annotations": {
                # Kubernetes asks this of every definition in a group of its own domain.
                "api-approved.kubernetes.io": "unapproved, rendered from the field tables of a conformance suite",
                # The names are the same for the resources of the x-k8s group.
                "gateway.networking.k8s.io/bundle-version": bundle,
                "gateway.networking.k8s.io/channel": channel,
            },
        },
        "spec": {
            "group": table.group,
            "scope": table.scope,
            "names": {
                "kind": table.kind,
                "listKind": f"{table.kind}List",
                "plural": table.plural,
                "singular": table.singular,
                "categories": list(table.categories),
                **({"shortNames": list(table.short_names)} if table.short_names else {}),
            },
            "versions": [
                {
                    "name": version.name,
                    "served": True,
                    "storage": version.storage,
                    "additionalPrinterColumns": [
                        {"name": column.name, "type": column.type, "jsonPath": column.json_path}
                        for column in table.columns
                    ],
                    "schema": {"openAPIV3Schema": root_schema(table)},
                    **({"subresources": {"status": {}}} if table.status_subresource else {}),
                }
                for version in table.versions
            ],
        },
    }


def root_schema(table: Table) -> dict[str, Any]:
    """The schema of whole objects of a resource."""
    rendered = schema(table.root)
    rendered["properties"] = deepcopy(_TYPE_META) | rendered["properties"]
    return rendered


def schema(node: Field) -> dict[str, Any]:
    """The structural schema of a field; its description ends with the admission rules."""
    rules = "".join(f" Rule {rule.name}: {rule.message}." for rule in node.rules)
    rendered: dict[str, Any] = {"type": node.type, "description": node.doc + rules}
    for ours, theirs in _LIMITS.items():
        if (limit := getattr(node, ours)) is not None:
            rendered[theirs] = limit
    if node.defaulted:
        rendered["default"] = deepcopy(node.default)
    if node.enum:
        rendered["enum"] = list(node.enum)
    if node.keys:
        rendered["x-kubernetes-list-map-keys"] = list(node.keys)
    if node.items:
        rendered["items"] = schema(node.items)
    if node.type == "object":
        rendered["properties"] = {name: schema(member) for name, member in node.fields.items()}
        if node.required:
            rendered["required"] = list(node.required)
    return rendered
