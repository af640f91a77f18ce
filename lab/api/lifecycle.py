"""The end of objects: deletion with grace and finalizers, garbage collection by owner, namespaces.

Everything happens at once within the call that causes it; what must wait (a pod's processes, a finalizer) goes on
with the write that ends the wait.
"""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

from lab.api import clock, metadata
from lab.api.decode import dig
from lab.api.errors import not_found
from lab.api.options import DeleteOptions, Propagation
from lab.api.resources import Registry, Resource
from lab.api.store import Change, Key, Store, Stored, TableName

Object = dict[str, Any]
Place = tuple[TableName, Key]

_FINALIZERS: dict[Propagation, str] = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}
_DEFAULT_POD_GRACE = 30
_NAMESPACES: TableName = ("", "namespaces")


class Lifecycle:
    """Deletes objects and follows what that entails."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store = store
        self._registry = registry
        self._dependents: dict[str, set[Place]] = defaultdict(set)
        self._places: dict[str, Place] = {}
        store.subscribe_all(self._follow)

    def delete(self, resource: Resource, key: Key, options: DeleteOptions) -> tuple[Stored, bool]:
        """Delete an object; returns its last state and whether it is gone already. Raises StatusError (404, 409)."""
        stored = self._store.get(resource.table, key)
        if stored is None:
            raise not_found(resource.group, resource.plural, key[1])
        metadata.check_preconditions(resource, stored.obj, options.uid, options.resource_version)
        grace = _grace(resource, stored.obj, options.grace)
        finalizers = _finalizers(resource, stored.obj, options.propagation)
        gone = not finalizers and grace == 0 and resource.table != _NAMESPACES
        if options.dry_run:
            return stored, gone
        if gone:
            return self._store.remove(resource.table, key), True
        stored = self._mark(resource, key, stored, grace, finalizers)
        if resource.table == _NAMESPACES:
            self._empty_namespace(key[1])
        elif "foregroundDeletion" in finalizers or "orphan" in finalizers:
            self._release_dependents(stored, options.propagation)
        left = self._store.get(resource.table, key)
        return left or stored, left is None

    def remove_released(self, resource: Resource, stored: Stored) -> None:
        """Take out an object whose last finalizer was removed, unless something else still holds it."""
        meta = stored.obj["metadata"]
        if resource.table != _NAMESPACES and not meta.get("deletionGracePeriodSeconds"):
            self._store.remove(resource.table, (meta.get("namespace", ""), meta["name"]))
        elif resource.table == _NAMESPACES:
            self._end_namespace(meta["name"])

    def _mark(self, resource: Resource, key: Key, stored: Stored, grace: int, finalizers: list[str]) -> Stored:
        """Store the object as one that is being deleted; a later deletion can only shorten the grace."""
        before = stored.obj["metadata"]
        if before.get("deletionTimestamp") and grace >= before.get("deletionGracePeriodSeconds", 0):
            return stored
        meta = {
            **before,
            "deletionTimestamp": clock.timestamp(time.time() + grace),
            "deletionGracePeriodSeconds": grace,
        }
        if finalizers:
            meta["finalizers"] = finalizers
        if "generation" in meta:
            meta["generation"] += 1
        obj = {**stored.obj, "metadata": meta}
        if resource.table == _NAMESPACES:
            obj["status"] = {**(obj.get("status") or {}), "phase": "Terminating"}
        return self._store.put(resource.table, key, obj)

    def _follow(self, change: Change) -> None:
        """Keep the index of owners, and act on what is gone."""
        meta = change.new.obj["metadata"]
        place = self._place(change.new.obj)
        before = _owner_uids(change.old.obj) if change.old is not None else set()
        after = _owner_uids(change.new.obj) if change.type != "DELETED" else set()
        for uid in before - after:
            self._dependents[uid].discard(place)
        for uid in after - before:
            self._dependents[uid].add(place)
        if change.type != "DELETED":
            self._places[meta["uid"]] = place
            if change.type == "ADDED" and after and not any(uid in self._places for uid in after):
                # Made by a controller that had not yet heard of its owner's end.
                self._owner_gone(place, meta["uid"])
            return
        self._places.pop(meta["uid"], None)
        for dependent in self._dependents.pop(meta["uid"], set()):
            self._owner_gone(dependent, meta["uid"])
        for uid in before:
            self._release_foreground(uid)
        if namespace := meta.get("namespace"):
            self._end_namespace(namespace)

    def _place(self, obj: Object) -> Place:
        group, _, _version = obj["apiVersion"].rpartition("/")
        meta = obj["metadata"]
        return (group, self._plural(group, obj["kind"])), (meta.get("namespace", ""), meta["name"])

    def _plural(self, group: str, kind: str) -> str:
        return self._registry.plural_of(group, kind)

    def _owner_gone(self, place: Place, uid: str) -> None:
        """Delete a dependent whose last owner is gone; else only forget that owner."""
        table, key = place
        stored = self._store.get(table, key)
        resource = self._registry.any_version(table)
        if stored is None or resource is None:
            return
        if any(owner in self._places for owner in _owner_uids(stored.obj)):
            self._forget_owner(place, stored, uid)
        elif not stored.obj["metadata"].get("deletionTimestamp"):
            self.delete(resource, key, DeleteOptions())

    def _forget_owner(self, place: Place, stored: Stored, uid: str) -> None:
        meta = dict(stored.obj["metadata"])
        left = [owner for owner in meta["ownerReferences"] if owner["uid"] != uid]
        meta.pop("ownerReferences")
        if left:
            meta["ownerReferences"] = left
        self._store.put(*place, {**stored.obj, "metadata": meta})

    def _release_dependents(self, owner: Stored, propagation: Propagation) -> None:
        uid = owner.obj["metadata"]["uid"]
        for table, key in list(self._dependents.get(uid, ())):
            stored = self._store.get(table, key)
            resource = self._registry.any_version(table)
            if stored is None or resource is None:
                continue
            if propagation == "Orphan":
                self._forget_owner((table, key), stored, uid)
            elif not stored.obj["metadata"].get("deletionTimestamp"):
                self.delete(resource, key, DeleteOptions(propagation=propagation))
        self._release_foreground(uid)

    def _release_foreground(self, uid: str) -> None:
        """End an owner's wait for its dependents once there are none."""
        place = self._places.get(uid)
        if place is None or self._dependents.get(uid):
            return
        stored = self._store.get(*place)
        resource = self._registry.any_version(place[0])
        if stored is None or resource is None:
            return
        meta = stored.obj["metadata"]
        waiting = [name for name in meta.get("finalizers") or () if name in _FINALIZERS.values()]
        if not meta.get("deletionTimestamp") or not waiting:
            return
        left = [name for name in meta["finalizers"] if name not in waiting]
        meta = {name: value for name, value in meta.items() if name != "finalizers"}
        if left:
            meta["finalizers"] = left
        released = self._store.put(*place, {**stored.obj, "metadata": meta})
        if not left:
            self.remove_released(resource, released)

    def _empty_namespace(self, namespace: str) -> None:
        for table, content in self._store.tables():
            resource = self._registry.any_version(table)
            if resource is None:
                continue
            for name in list(content.by_namespace.get(namespace, ())):
                if name in content.by_namespace[namespace]:
                    self.delete(resource, (namespace, name), DeleteOptions())
        self._end_namespace(namespace)

    def _end_namespace(self, namespace: str) -> None:
        """Take out a namespace that is being deleted, once it is empty."""
        stored = self._store.get(_NAMESPACES, ("", namespace))
        if stored is None or not stored.obj["metadata"].get("deletionTimestamp"):
            return
        if stored.obj["metadata"].get("finalizers"):
            return
        if not any(content.by_namespace.get(namespace) for _table, content in self._store.tables()):
            self._store.remove(_NAMESPACES, ("", namespace))


def _owner_uids(obj: Object) -> set[str]:
    return {owner["uid"] for owner in obj["metadata"].get("ownerReferences") or ()}


def _finalizers(resource: Resource, obj: Object, propagation: Propagation) -> list[str]:
    """The object's finalizers with the one that the propagation asks for, and without the other.

    A namespace always waits for its content, and for nothing else.
    """
    found = [name for name in obj["metadata"].get("finalizers") or () if name not in _FINALIZERS.values()]
    if propagation not in _FINALIZERS or resource.table == _NAMESPACES:
        return found
    return [*found, _FINALIZERS[propagation]]


def _grace(resource: Resource, obj: Object, asked: int | None) -> int:
    """Seconds that the object's processes have to end; only pods on a node have such."""
    if resource.table != ("", "pods"):
        return 0
    if not dig(obj, "spec", "nodeName") or dig(obj, "status", "phase") in {"Succeeded", "Failed"}:
        return 0
    own = dig(obj, "spec", "terminationGracePeriodSeconds")
    return asked if asked is not None else _DEFAULT_POD_GRACE if own is None else int(own)
