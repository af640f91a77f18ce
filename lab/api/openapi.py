"""OpenAPI documents: enough for kubectl to apply, validate, merge and explain."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from lab.api.builtin import types
from lab.api.resources import Registry, Resource

Object = dict[str, Any]

_REF = "#/components/schemas/"
_META = "ObjectMeta"
_PATCHES = ("application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json")
_STRATEGIC = "application/strategic-merge-patch+json"
_INFO = {"title": "Kubernetes", "version": "v1.33.0"}
_QUERY = ("dryRun", "fieldManager", "fieldValidation")


class Documents:
    """Makes the documents when they are asked for, and again when the resources have changed."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._made: dict[str, bytes] = {}
        self._generation = registry.generation

    def root(self) -> bytes:
        """The list of documents at ``/openapi/v3``; the hash in a link changes with its document."""
        links = {}
        for path in sorted({_group_path(resource) for resource in self._registry.all()}):
            digest = hashlib.sha256(self.group(path) or b"").hexdigest()[:32].upper()
            links[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={digest}"}
        return _encode({"paths": links})

    def group(self, path: str) -> bytes | None:
        """The document of one group and version (``api/v1``, ``apis/apps/v1``); None if there is none."""
        if self._generation != self._registry.generation:
            self._made.clear()
            self._generation = self._registry.generation
        if path not in self._made:
            found = [resource for resource in self._registry.all() if _group_path(resource) == path]
            if not found:
                return None
            self._made[path] = _encode(document(found))
        return self._made[path]

    def swagger(self) -> bytes:
        """All schemas as OpenAPI v2, at ``/openapi/v2``."""
        whole = document(self._registry.all())
        text = json.dumps({"definitions": whole["components"]["schemas"], "paths": whole["paths"]})
        text = text.replace(_REF, "#/definitions/")
        return _encode({"swagger": "2.0", "info": _INFO, **json.loads(text)})


def _encode(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _group_path(resource: Resource) -> str:
    return f"apis/{resource.api_version}" if resource.group else f"api/{resource.version}"


def document(resources: list[Resource]) -> Object:
    """The OpenAPI v3 document of some resources, with every type that they refer to."""
    schemas: Object = {}
    paths: Object = {}
    for resource in resources:
        schemas |= _schemas(resource)
        for path, item in _paths(resource):
            paths.setdefault(path, {}).update(item)
    return {"openapi": "3.0.0", "info": _INFO, "paths": paths, "components": {"schemas": schemas}}


def _kinds(resource: Resource) -> list[Object]:
    return [{"group": resource.group, "version": resource.version, "kind": resource.kind}]


def _schemas(resource: Resource) -> Object:
    found: Object = {}
    if resource.schema is None:
        root = "EventsEvent" if resource.group == "events.k8s.io" else resource.kind
        pending = {root}
    else:
        pending = {_META}
    while pending:
        name = pending.pop()
        public = types.public_name(name)
        if public not in found:
            found[public] = types.openapi_schema(name)
            pending |= types.referenced(found[public])
    if resource.schema is not None:
        found[resource.schema_ref] = _custom_schema(resource)
    found[resource.schema_ref] = {**found[resource.schema_ref], "x-kubernetes-group-version-kind": _kinds(resource)}
    return found


def _custom_schema(resource: Resource) -> Object:
    schema = dict(resource.schema or {})
    properties = dict(schema.get("properties") or {})
    properties |= {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"allOf": [{"$ref": _REF + types.public_name(_META)}]},
    }
    return {**schema, "type": "object", "properties": properties}


def _paths(resource: Resource) -> list[tuple[str, Object]]:
    root = f"/{_group_path(resource)}"
    scope = "/namespaces/{namespace}" if resource.namespaced else ""
    collection = f"{root}{scope}/{resource.plural}"
    found = [(collection, _operations(resource, {"list": "get", "create": "post", "deletecollection": "delete"}))]
    found.append(
        (
            f"{collection}/{{name}}",
            _operations(resource, {"get": "get", "update": "put", "patch": "patch", "delete": "delete"}),
        )
    )
    return found


def _operations(resource: Resource, methods: dict[str, str]) -> Object:
    """The operations of a path; kubectl looks for ``fieldValidation`` and for strategic merge among them."""
    item: Object = {}
    for verb, method in methods.items():
        if verb not in resource.verbs:
            continue
        answer = {"schema": {"$ref": _REF + resource.schema_ref}}
        operation: Object = {
            "responses": {"200": {"description": "OK", "content": {"application/json": answer}}},
            "x-kubernetes-action": verb,
            "x-kubernetes-group-version-kind": _kinds(resource)[0],
        }
        if method in {"post", "put", "patch"}:
            operation["parameters"] = [
                {"name": name, "in": "query", "schema": {"type": "string"}}
                for name in (*_QUERY, *(("force",) if method == "patch" else ()))
            ]
            accepted = ("application/json",) if method != "patch" else _PATCHES
            if method == "patch" and resource.builtin:
                accepted = (*accepted, _STRATEGIC)
            operation["requestBody"] = {"content": {media: {"schema": {"type": "object"}} for media in accepted}}
        item[method] = operation
    return item
