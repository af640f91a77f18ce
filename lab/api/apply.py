"""Server-side apply: merge what a manager wants with what is there, notice conflicts, drop what it no longer wants.

The rules are those of the Kubernetes documentation: a manager owns the fields it applied; changing a field owned by
another manager is a conflict, unless forced (then the other one loses it); a field that a manager owned, no longer
applies, and nobody else owns, is removed. Every ordinary write is recorded too (operation ``Update``), and takes the
fields it changed away from the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from lab.api import fields
from lab.api.errors import Cause, StatusError
from lab.api.fields import Path, Paths
from lab.api.schema import Node

Object = dict[str, Any]

# Written by the server or part of the object's identity: nobody owns them.
_UNOWNED: tuple[Path, ...] = (
    ("f:apiVersion",),
    ("f:kind",),
    *(
        ("f:metadata", f"f:{name}")
        for name in [
            "name",
            "namespace",
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "selfLink",
            "managedFields",
            "generateName",
        ]
    ),
)


@dataclass(frozen=True, slots=True)
class Manager:
    """Who writes: the name, ``Apply`` or ``Update``, in which API version, through which subresource."""

    name: str
    operation: str
    api_version: str
    subresource: str = ""


@dataclass(frozen=True, slots=True)
class Owned:
    """The fields that one manager owns, and when this last changed."""

    manager: Manager
    paths: Paths
    time: str


def read_owners(obj: Object) -> list[Owned]:
    """The content of ``metadata.managedFields``."""
    return [
        Owned(
            Manager(
                entry.get("manager", ""),
                entry.get("operation", "Update"),
                entry.get("apiVersion", ""),
                entry.get("subresource", ""),
            ),
            fields.from_json(entry.get("fieldsV1") or {}),
            entry.get("time", ""),
        )
        for entry in obj["metadata"].get("managedFields") or ()
    ]


def write_owners(obj: Object, owners: Iterable[Owned]) -> None:
    """Set ``metadata.managedFields``; who owns nothing is left out."""
    entries = []
    for owned in sorted(owners, key=lambda one: (one.manager.operation != "Apply", one.time, one.manager.name)):
        if not owned.paths:
            continue
        manager = owned.manager
        entry = {
            "manager": manager.name,
            "operation": manager.operation,
            "apiVersion": manager.api_version,
            "time": owned.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": fields.to_json(owned.paths),
        }
        if manager.subresource:
            entry["subresource"] = manager.subresource
        entries.append(entry)
    if entries:
        obj["metadata"]["managedFields"] = entries
    else:
        obj["metadata"].pop("managedFields", None)


def ownable(paths: Iterable[Path], *, has_status: bool, subresource: str) -> Paths:
    """The paths that a write to this (sub)resource can own: not identity, not what belongs to the other side."""
    found = (path for path in paths if path[:1] not in _UNOWNED and path[:2] not in _UNOWNED)
    if subresource == "status":
        return frozenset(path for path in found if path[0] == "f:status")
    if has_status:
        return frozenset(path for path in found if path[0] != "f:status")
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Written:
    """The fields that an ordinary write set, and those that it removed."""

    set_now: Paths
    gone: Paths


def record_update(owners: list[Owned], manager: Manager, written: Written, now: str) -> list[Owned]:
    """The owners after an ordinary write by ``manager``."""
    taken = written.set_now | written.gone
    result = []
    own: Paths = frozenset()
    changed_at = now
    for owned in owners:
        if owned.manager == manager:
            own, changed_at = owned.paths, owned.time
        else:
            result.append(_without(owned, taken))
    after = (own | written.set_now) - written.gone
    if after:
        result.append(Owned(manager, after, now if after != own else changed_at))
    return result


def _without(owned: Owned, taken: Paths) -> Owned:
    left = owned.paths - taken
    return owned if len(left) == len(owned.paths) else replace(owned, paths=left)


@dataclass(frozen=True, slots=True)
class Applied:
    """The outcome of an apply, before defaults and validation."""

    obj: Object
    owners: list[Owned]


@dataclass(frozen=True, slots=True)
class Intent:
    """An apply: by whom, which fields they want to own, when, and whether conflicts are overridden."""

    manager: Manager
    wanted: Paths
    now: str
    force: bool = False


def apply(node: Node, live: Object, config: Object, intent: Intent) -> Applied:
    """Apply ``config`` to ``live``. Raises StatusError (409) for conflicts that are not forced."""
    owners = read_owners(live)
    wanted = intent.wanted
    last = next((owned for owned in owners if owned.manager == intent.manager), None)
    others = [owned for owned in owners if owned.manager != intent.manager]
    merged = merge(node, live, config)
    if last is not None:
        kept = wanted.union(*(owned.paths for owned in others))
        merged = _drop(node, merged, last.paths - wanted, fields.with_parents(kept))
    set_now, gone = fields.changes(node, live, merged)
    touched = set_now & _relevant(others)
    if touched and not intent.force:
        raise _conflicts(others, touched)
    others = [_without(owned, touched | gone) for owned in others]
    changed_at = last.time if last is not None and last.paths == wanted else intent.now
    return Applied(merged, [*others, Owned(intent.manager, wanted, changed_at)])


def _relevant(others: list[Owned]) -> Paths:
    return frozenset().union(*(owned.paths for owned in others))


def _conflicts(others: list[Owned], touched: Paths) -> StatusError:
    causes = []
    lines = []
    for owned in sorted(others, key=lambda one: one.manager.name):
        paths = sorted(fields.display(path) for path in owned.paths & touched)
        if not paths:
            continue
        who = f'"{owned.manager.name}"'
        if owned.manager.subresource:
            who += f' with subresource "{owned.manager.subresource}"'
        who += f" using {owned.manager.api_version}"
        causes += [Cause("FieldManagerConflict", f"conflict with {who}", path) for path in paths]
        if len(paths) == 1:
            lines.append(f"conflict with {who}: {paths[0]}")
        else:
            lines.append("\n- ".join([f"conflicts with {who}:", *paths]))
    count = f"{len(causes)} conflict{'s' if len(causes) > 1 else ''}"
    listed = lines[0] if len(lines) == 1 else "\n" + "\n".join(lines)
    return StatusError(409, "Conflict", f"Apply failed with {count}: {listed}", causes=causes)


def merge(node: Node, live: Any, config: Any) -> Any:
    """``config`` laid over ``live``: maps and associative lists by entry, everything else replaced."""
    if node.atomic or node.kind == "scalar":
        return config
    if isinstance(live, dict) and isinstance(config, dict):
        result = dict(live)
        for name, part in config.items():
            result[name] = merge(node.child(name), live[name], part) if name in live else part
        return result
    if isinstance(live, list) and isinstance(config, list) and node.kind == "list":
        return _merge_lists(node, live, config)
    return config


def _merge_lists(node: Node, live: list[Any], config: list[Any]) -> list[Any]:
    """Items by key: those applied in their order, others stay before the applied item that they preceded."""
    old = {fields.item_key(node, item): item for item in live}
    new = {fields.item_key(node, item): item for item in config}
    if len(new) != len(config):
        raise _duplicates(node, config)
    merged = {key: merge(node.item(), old[key], item) if key in old else item for key, item in new.items()}
    pending = list(merged)
    result = []
    for key, item in old.items():
        if key not in merged:
            result.append(item)
        elif key in pending:
            place = pending.index(key) + 1
            result += [merged[each] for each in pending[:place]]
            del pending[:place]
    return result + [merged[key] for key in pending]


def _duplicates(node: Node, config: list[Any]) -> StatusError:
    seen: set[str] = set()
    for item in config:
        key = fields.item_key(node, item)
        if key in seen:
            shown = fields.display((key,))
            return StatusError(500, "", f"failed to create typed patch object: duplicate entries for key {shown}")
        seen.add(key)
    raise AssertionError("called without duplicates")


def _drop(node: Node, value: Any, dropped: Paths, kept: Paths) -> Any:
    """``value`` without the paths in ``dropped`` below which nothing is ``kept``.

    An object of a declared field goes with its last owned field; the top level stays.
    """
    candidates = set(dropped)
    for path in dropped:
        candidates.update(_declared_parents(node, path))
    return _remove(node, value, (), frozenset(candidates - kept))


def _declared_parents(node: Node, path: Path) -> Iterable[Path]:
    at = node
    for length in range(1, len(path)):
        element = path[length - 1]
        if element.startswith("f:"):
            name = element[2:]
            if name in at.fields and length > 1:
                yield path[:length]
            at = at.child(name)
        else:
            at = at.item()


def _remove(node: Node, value: Any, path: Path, removed: Paths) -> Any:
    if isinstance(value, dict) and not node.atomic:
        result = {}
        for name, part in value.items():
            below = (*path, f"f:{name}")
            if below not in removed:
                result[name] = _remove(node.child(name), part, below, removed)
        return result
    if isinstance(value, list) and node.kind == "list" and not node.atomic:
        keyed = [((*path, fields.item_key(node, item)), item) for item in value]
        return [_remove(node.item(), item, below, removed) for below, item in keyed if below not in removed]
    return value
