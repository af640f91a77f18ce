"""``Table`` answers: what ``kubectl get`` prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from lab.api import clock, jsonpath
from lab.api.resources import Column, Resource

Object = dict[str, Any]
Include = Literal["None", "Metadata", "Object"]


def name_column() -> Column:
    """The first column of every table."""
    return Column("Name", "string", lambda obj: obj["metadata"]["name"], format="name")


def age_column() -> Column:
    """The time since creation."""
    return Column("Age", "string", lambda obj: clock.age(obj["metadata"].get("creationTimestamp")))


def printer_columns(specs: Iterable[Mapping[str, Any]]) -> tuple[Column, ...]:
    """The columns of a custom resource, from ``additionalPrinterColumns``; only an age where there are none."""
    found = tuple(_printer_column(spec) for spec in specs)
    return (name_column(), *(found or (age_column(),)))


def _printer_column(spec: Mapping[str, Any]) -> Column:
    path, kind = spec["jsonPath"], spec.get("type", "string")

    def cell(obj: Object) -> Any:
        values = jsonpath.find(path, obj)
        if kind == "date":
            return clock.age(values[0]) if values else "<unknown>"
        if not values:
            return None
        value = values[0] if len(values) == 1 else values
        if kind == "string" and not isinstance(value, str):
            return _text(value)
        return value

    return Column(
        spec["name"], kind, cell, spec.get("priority", 0), spec.get("description", ""), spec.get("format", "")
    )


def _text(value: Any) -> str:
    import json  # noqa: PLC0415 - only lists and objects in a string column need it

    return json.dumps(value, separators=(",", ":")) if isinstance(value, list | dict | bool) else str(value)


def render(
    resource: Resource, objects: Iterable[Object], metadata: Object, include: Include, *, header: bool = True
) -> Object:
    """A ``Table`` of objects; a watch leaves the column definitions out after its first event."""
    columns = resource.columns or (name_column(), age_column())
    definitions = [
        {
            "name": column.name,
            "type": column.type,
            "format": column.format,
            "description": column.description or f"{column.name} of the {resource.kind}",
            "priority": column.priority,
        }
        for column in columns
    ]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": definitions if header else [],
        "rows": [_row(columns, obj, include) for obj in objects],
    }


def _row(columns: Iterable[Column], obj: Object, include: Include) -> Object:
    row: Object = {"cells": [column.cell(obj) for column in columns]}
    if include == "Metadata":
        row["object"] = partial(obj)
    elif include == "Object":
        row["object"] = obj
    return row


def partial(obj: Object) -> Object:
    """Only the metadata of an object."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}
