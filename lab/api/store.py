"""Objects in memory, their one revision counter, and the recent changes that watches resume from.

An object that was stored is never changed again: every write stores a new one. Lists, watches and pages can
therefore hold references, and the encoded form of an object is computed once.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Object = dict[str, Any]
Key = tuple[str, str]  # namespace ("" for cluster-scoped), name
TableName = tuple[str, str]  # group, plural
ChangeType = Literal["ADDED", "MODIFIED", "DELETED"]

# Changes of one resource kept for watches that resume; older ones answer 410.
HISTORY = 4096


@dataclass(slots=True)
class Stored:
    """An object as stored, the revision of its last change, its encodings by API version (made when asked)."""

    obj: Object
    revision: int
    encoded: dict[str, bytes] = field(default_factory=dict)

    def encode(self, api_version: str) -> bytes:
        """The object as JSON, in one of the versions its resource is served in."""
        found = self.encoded.get(api_version)
        if found is None:
            obj = self.obj if self.obj["apiVersion"] == api_version else {**self.obj, "apiVersion": api_version}
            found = self.encoded[api_version] = json.dumps(obj, separators=(",", ":"), ensure_ascii=False).encode()
        return found

    def encode_item(self, api_version: str) -> bytes:
        """The object as lists of built-in types have it: without apiVersion and kind."""
        key = f"item of {api_version}"
        found = self.encoded.get(key)
        if found is None:
            obj = {name: part for name, part in self.obj.items() if name not in {"apiVersion", "kind"}}
            found = self.encoded[key] = json.dumps(obj, separators=(",", ":"), ensure_ascii=False).encode()
        return found


@dataclass(frozen=True, slots=True)
class Change:
    """One write: the object after it (for DELETED its last state, with the revision of the deletion) and before."""

    type: ChangeType
    revision: int
    new: Stored
    old: Stored | None


Subscriber = Callable[[Change], None]


class Table:
    """The objects of one resource."""

    def __init__(self) -> None:
        self.objects: dict[Key, Stored] = {}
        self.by_namespace: dict[str, dict[str, Stored]] = defaultdict(dict)
        self.history: deque[Change] = deque(maxlen=HISTORY)
        self.subscribers: dict[object, Subscriber] = {}
        self.forgotten = 0  # the newest revision that fell out of the history

    def record(self, change: Change) -> None:
        """Remember a change and tell the subscribers."""
        if len(self.history) == HISTORY:
            self.forgotten = self.history[0].revision
        self.history.append(change)
        for tell in list(self.subscribers.values()):
            tell(change)


class Store:
    """All tables. Everything is synchronous: within one event loop each call is a transaction."""

    def __init__(self) -> None:
        self.revision = 1
        self._tables: dict[TableName, Table] = defaultdict(Table)
        self._subscribers: list[Subscriber] = []

    def table(self, name: TableName) -> Table:
        """The table of a resource, empty at first."""
        return self._tables[name]

    def tables(self) -> Iterable[tuple[TableName, Table]]:
        """All tables that were ever used."""
        return list(self._tables.items())

    def subscribe_all(self, subscriber: Subscriber) -> None:
        """Tell ``subscriber`` every change of every table (garbage collection, namespaces)."""
        self._subscribers.append(subscriber)

    def get(self, name: TableName, key: Key) -> Stored | None:
        """The stored object, or None."""
        return self.table(name).objects.get(key)

    def list(self, name: TableName, namespace: str = "") -> list[Stored]:
        """The objects of a resource, all or in one namespace, ordered by namespace and name."""
        table = self.table(name)
        if namespace:
            found = table.by_namespace.get(namespace, {})
            return [found[key] for key in sorted(found)]
        return [table.objects[key] for key in sorted(table.objects)]

    def put(self, name: TableName, key: Key, obj: Object) -> Stored:
        """Store a new state; sets ``metadata.resourceVersion`` of ``obj``, which belongs to the store from now on."""
        table = self.table(name)
        old = table.objects.get(key)
        self.revision += 1
        obj["metadata"]["resourceVersion"] = str(self.revision)
        stored = Stored(obj, self.revision)
        table.objects[key] = stored
        table.by_namespace[key[0]][key[1]] = stored
        self._publish(table, Change("MODIFIED" if old else "ADDED", self.revision, stored, old))
        return stored

    def remove(self, name: TableName, key: Key) -> Stored:
        """Take an object out; its last state carries the revision of its deletion."""
        table = self.table(name)
        old = table.objects.pop(key)
        del table.by_namespace[key[0]][key[1]]
        self.revision += 1
        obj = {**old.obj, "metadata": {**old.obj["metadata"], "resourceVersion": str(self.revision)}}
        last = Stored(obj, self.revision)
        self._publish(table, Change("DELETED", self.revision, last, old))
        return last

    def _publish(self, table: Table, change: Change) -> None:
        table.record(change)
        for tell in self._subscribers:
            tell(change)
