"""Create, update, patch and apply: what happens between a decoded request and the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from lab.api import apply as ssa
from lab.api import clock, fields, metadata, podsecurity
from lab.api.decode import TypeName, check_types, copy, fill_defaults, prune, refuse_unknown
from lab.api.errors import Cause, StatusError, already_exists, bad_request, forbidden, invalid, not_found
from lab.api.names import metadata_problems
from lab.api.options import WriteOptions
from lab.api.patch import json_patch, merge_patch
from lab.api.resources import Resource
from lab.api.store import Store, Stored
from lab.api.strategic import strategic_merge
from lab.poses import LAB, Pose
from lab.poses.injection import injected

Object = dict[str, Any]
PatchKind = Literal["json", "merge", "strategic", "apply"]


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is about; ``subresource`` is empty or ``status``."""

    resource: Resource
    namespace: str
    name: str
    subresource: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """The outcome of a write: the object (stored, or as it would be), whether it is new, warnings for the client."""

    stored: Stored
    created: bool = False
    warnings: tuple[str, ...] = ()


class Operations:
    """Writes. ``on_deletable`` is called with an object that waits for deletion and has no finalizer left.

    ``pose`` says what a mesh's injector adds to new pods.
    """

    def __init__(self, store: Store, on_deletable: Callable[[Resource, Stored], None], pose: Pose = LAB) -> None:
        self.store = store
        self._on_deletable = on_deletable
        self._pose = pose

    def get(self, target: Target) -> Stored:
        """The stored object. Raises StatusError (404)."""
        resource = target.resource
        found = self.store.get(resource.table, (target.namespace, target.name))
        if found is None:
            raise not_found(resource.group, resource.plural, target.name)
        return found

    def create(self, target: Target, body: Object, options: WriteOptions) -> Written:
        """Create an object. Raises StatusError."""
        obj, warnings = self._decode(target, copy(body), options)
        written = self._store_new(target, obj, options, None)
        return replace(written, warnings=warnings)

    def update(self, target: Target, body: Object, options: WriteOptions) -> Written:
        """Replace an object, or its status. Raises StatusError."""
        old = self.get(target)
        obj, warnings = self._decode(target, copy(body), options)
        metadata.check_version_given(target.resource, obj)
        return replace(self._store_changed(target, old, obj, options), warnings=warnings)

    def patch(self, target: Target, kind: PatchKind, body: Any, options: WriteOptions) -> Written:
        """Patch an object; ``apply`` creates it when there is none. Raises StatusError."""
        if kind == "apply":
            return self._apply(target, body, options)
        old = self.get(target)
        base = old.obj if old.obj["apiVersion"] == target.resource.api_version else _as(old.obj, target.resource)
        if kind == "strategic" and not target.resource.builtin:
            raise StatusError(415, "UnsupportedMediaType", _NO_STRATEGIC)
        if kind == "merge":
            changed = merge_patch(base, body)
        elif kind == "json":
            changed = json_patch(base, body)
        else:
            changed = strategic_merge(target.resource.node, base, body)
        if not isinstance(changed, dict):
            raise bad_request("the patch does not leave an object")
        obj, warnings = self._decode(target, copy(changed), options)
        return replace(self._store_changed(target, old, obj, options), warnings=warnings)

    def _apply(self, target: Target, body: Any, options: WriteOptions) -> Written:
        resource = target.resource
        if not isinstance(body, dict):
            raise bad_request("error decoding YAML: an apply configuration is an object")
        if not body.get("apiVersion") or not body.get("kind"):
            raise bad_request(f"apply configuration of {resource.kind} {target.name!r} needs apiVersion and kind")
        if (body.get("metadata") or {}).get("managedFields"):
            raise bad_request("metadata.managedFields must be nil")
        config = copy(body)
        metadata.identify(resource, target.namespace, target.name, config)
        config, unknown = prune(resource.node, config)
        if unknown:
            where = f"{target.namespace}/{target.name}; {resource.api_version}, Kind={resource.kind}".lstrip("/")
            message = f"failed to create typed patch object ({where}): .{unknown[0]}: field not declared in schema"
            raise StatusError(500, "", message)
        if resource.builtin:
            check_types(resource.node, config, TypeName(resource.kind, resource.version))
        manager = ssa.Manager(options.manager, "Apply", resource.api_version, target.subresource)
        wanted = ssa.ownable(
            fields.flatten(resource.node, config), has_status=resource.has_status, subresource=target.subresource
        )
        old = self.store.get(resource.table, (target.namespace, target.name))
        if old is None:
            if target.subresource or config["metadata"].get("uid"):
                raise not_found(resource.group, resource.plural, target.name)
            owners = [ssa.Owned(manager, wanted, clock.timestamp())]
            return self._store_new(target, config, options, owners)
        live = _as(old.obj, resource)
        config = _only_own_side(resource, target.subresource, config)
        applied = ssa.apply(resource.node, live, config, ssa.Intent(manager, wanted, clock.timestamp(), options.force))
        return self._store_changed(target, old, copy(applied.obj), options, applied.owners)

    def _decode(self, target: Target, obj: Object, options: WriteOptions) -> tuple[Object, tuple[str, ...]]:
        """The object as a value of its type, and warnings about fields that were dropped. Raises StatusError."""
        resource = target.resource
        metadata.identify(resource, target.namespace, target.name, obj)
        obj, unknown = prune(resource.node, obj)
        if resource.builtin:
            check_types(resource.node, obj, TypeName(resource.kind, resource.version))
        if unknown and options.field_validation == "Strict":
            raise refuse_unknown(unknown, resource.kind, resource.version)
        warnings = unknown if options.field_validation == "Warn" else ()
        return obj, tuple(f'unknown field "{path}"' for path in warnings)

    def _store_new(self, target: Target, obj: Object, options: WriteOptions, owners: list[ssa.Owned] | None) -> Written:
        resource = target.resource
        self._check_namespace(target, obj)
        metadata.complete_new(obj, generation=resource.counts_generations)
        if resource.has_status and resource.kind != "Node":
            obj.pop("status", None)
        if resource.table == ("", "pods"):
            obj = self._injected(obj)
        obj = _with_defaults(resource, obj)
        if owners is None:
            owners = self._recorded(target, None, obj, options)
        self._admit(resource, obj, None)
        if resource.table == ("", "pods"):
            self._check_pod_security(resource, obj)
        key = (obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
        if self.store.get(resource.table, key) is not None:
            raise already_exists(resource.group, resource.plural, key[1])
        ssa.write_owners(obj, owners)
        if options.dry_run:
            return Written(Stored(obj, 0), created=True)
        return Written(self.store.put(resource.table, key, obj), created=True)

    def _store_changed(
        self, target: Target, old: Stored, obj: Object, options: WriteOptions, owners: list[ssa.Owned] | None = None
    ) -> Written:
        resource = target.resource
        before = _as(old.obj, resource)
        metadata.carry_over(resource, before, obj)
        obj = _other_side_kept(resource, target.subresource, before, obj)
        obj = _with_defaults(resource, obj)
        self._admit(resource, obj, before)
        if owners is None:
            owners = self._recorded(target, before, obj, options)
        ssa.write_owners(obj, owners)
        obj["metadata"]["resourceVersion"] = before["metadata"]["resourceVersion"]
        if before == obj:  # nothing is stored, the resourceVersion stays
            return Written(old)
        if resource.counts_generations and not target.subresource and _counts(before, obj):
            obj["metadata"]["generation"] = before["metadata"].get("generation", 0) + 1
        if options.dry_run:
            return Written(Stored(obj, old.revision))
        stored = self.store.put(resource.table, (target.namespace, target.name), obj)
        if obj["metadata"].get("deletionTimestamp") and not obj["metadata"].get("finalizers"):
            self._on_deletable(resource, stored)
        return Written(stored)

    def _admit(self, resource: Resource, obj: Object, old: Object | None) -> None:
        """Allocations and validation. Raises StatusError (422)."""
        causes: list[Cause] = list(metadata_problems(obj["metadata"], resource.group, resource.plural))
        if not causes:
            resource.prepare(obj, old)
            causes += resource.validate(obj, old)
        if causes:
            raise invalid(resource.group, resource.kind, obj["metadata"].get("name", ""), causes)

    def _recorded(self, target: Target, old: Object | None, new: Object, options: WriteOptions) -> list[ssa.Owned]:
        """The owners of fields after a write that is not an apply."""
        resource = target.resource
        owners = ssa.read_owners(old) if old is not None else []
        set_now, gone = fields.changes(resource.node, old or {}, new)
        side = target.subresource
        written = ssa.Written(
            ssa.ownable(set_now, has_status=resource.has_status, subresource=side),
            ssa.ownable(gone, has_status=resource.has_status, subresource=side),
        )
        manager = ssa.Manager(options.manager, "Update", resource.api_version, side)
        return ssa.record_update(owners, manager, written, clock.timestamp())

    def _injected(self, pod: Object) -> Object:
        """The pod as the mesh's admission webhook would send it back."""
        namespace = self.store.get(("", "namespaces"), ("", pod["metadata"]["namespace"]))
        return injected(self._pose, namespace.obj, pod) if namespace and pod.get("spec") else pod

    def _check_pod_security(self, resource: Resource, pod: Object) -> None:
        """Raises StatusError (403) for a pod that its namespace forbids."""
        metadata = pod["metadata"]
        namespace = self.store.get(("", "namespaces"), ("", metadata["namespace"]))
        why = podsecurity.violation((namespace.obj["metadata"].get("labels") or {}) if namespace else {}, pod)
        if why:
            raise forbidden(resource.group, resource.plural, metadata["name"], why)

    def _check_namespace(self, target: Target, obj: Object) -> None:
        """Raises StatusError when an object cannot be created in its namespace."""
        resource, namespace = target.resource, target.namespace
        if not resource.namespaced:
            return
        found = self.store.get(("", "namespaces"), ("", namespace))
        if found is None:
            raise not_found("", "namespaces", namespace)
        if found.obj["metadata"].get("deletionTimestamp"):
            name = obj["metadata"].get("name", "")
            why = f"unable to create new content in namespace {namespace} because it is being terminated"
            cause = Cause("NamespaceTerminating", f"namespace {namespace} is being terminated", "metadata.namespace")
            raise forbidden(resource.group, resource.plural, name, why, [cause])


def _with_defaults(resource: Resource, obj: Object) -> Object:
    if resource.builtin:
        obj = fill_defaults(resource.node, obj)
        if resource.has_status:
            obj.setdefault("status", {})
    obj["metadata"] = {key: value for key, value in obj["metadata"].items() if value not in ({}, [])}
    return resource.default(obj)


_NO_STRATEGIC = (
    "the body of the request was in an unknown format - accepted media types include: "
    "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
)


def _as(obj: Object, resource: Resource) -> Object:
    """The object in the version of ``resource``; versions of one resource differ in nothing else."""
    return obj if obj["apiVersion"] == resource.api_version else {**obj, "apiVersion": resource.api_version}


def _only_own_side(resource: Resource, subresource: str, config: Object) -> Object:
    """What an apply to this (sub)resource can set."""
    if subresource == "status":
        return {key: config[key] for key in ("apiVersion", "kind", "metadata", "status") if key in config} | {
            "metadata": {key: value for key, value in config["metadata"].items() if key in _IDENTITY}
        }
    return {key: value for key, value in config.items() if key != "status"} if resource.has_status else config


_IDENTITY = frozenset({"name", "namespace", "uid", "resourceVersion"})


def _other_side_kept(resource: Resource, subresource: str, old: Object, new: Object) -> Object:
    """A write to the object leaves its status, a write to its status everything else."""
    if subresource == "status":
        kept = {key: value for key, value in old.items() if key not in {"status", "metadata"}}
        kept["metadata"] = dict(old["metadata"])
        if "status" in new:
            kept["status"] = new["status"]
        return kept
    if resource.has_status:
        new = {key: value for key, value in new.items() if key != "status"}
        if "status" in old:
            new["status"] = old["status"]
    return new


def _counts(old: Object, new: Object) -> bool:
    """Whether anything changed but metadata and status."""
    ignored = {"metadata", "status", "apiVersion"}
    return {k: v for k, v in old.items() if k not in ignored} != {k: v for k, v in new.items() if k not in ignored}
