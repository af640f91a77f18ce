"""Sets of fields, the currency of server-side apply.

A path is a tuple of elements as in ``managedFields``: ``f:NAME`` a field, ``k:{...}`` an item of a list that is a
map, ``v:...`` an item of a list that is a set. ``flatten`` says which paths a value has: every leaf, everything
atomic, and every item of such lists and free-form maps (so that an item can be owned and removed as such).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lab.api.errors import bad_request
from lab.api.schema import Node

Path = tuple[str, ...]
Paths = frozenset[Path]
Flat = dict[Path, Any]

# The value of a path that is present but whose content stands in longer paths.
INNER: Any = object()


def item_key(node: Node, item: Any) -> str:
    """The path element of an item of an associative list. Raises StatusError (400) when a key is missing."""
    if node.set:
        return "v:" + _compact(item)
    if not isinstance(item, dict):
        raise bad_request(f"associative list with keys has an element that is not an object: {item!r}")
    found = {}
    for key in node.keys:
        value = item.get(key, node.key_default(key))
        if value is None:
            continue
        found[key] = value
    if not found:
        raise bad_request(f"associative list with keys has an element that omits key field {node.keys[0]!r}")
    return "k:" + _compact(found)


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def flatten(node: Node, value: Any) -> Flat:
    """All paths of a value, each leaf or atomic path with its value, the others with INNER."""
    found: Flat = {}
    _flatten(node, value, (), found)
    return found


def _flatten(node: Node, value: Any, path: Path, found: Flat) -> None:
    if isinstance(value, dict) and node.kind != "scalar" and not node.atomic and value:
        for name, part in value.items():
            below = (*path, f"f:{name}")
            if isinstance(part, dict) and part and name not in node.fields:
                found[below] = INNER
            _flatten(node.child(name), part, below, found)
    elif isinstance(value, list) and node.kind == "list" and not node.atomic:
        for part in value:
            below = (*path, item_key(node, part))
            found[below] = INNER
            if not node.set:
                _flatten(node.item(), part, below, found)
    elif path:
        found[path] = value


def changes(node: Node, old: Any, new: Any) -> tuple[Paths, Paths]:
    """The paths that a write set (added or modified), and those that it removed."""
    before, after = flatten(node, old), flatten(node, new)
    missing = object()
    set_now = frozenset(path for path, value in after.items() if before.get(path, missing) != value)
    gone = [path for path in before if path not in after]
    # An empty object that got content is still there.
    filled = [path for path in gone if before[path] == {}]
    if filled:
        present = set(_with_parents(after))
        gone = [path for path in gone if path not in present]
    return set_now, frozenset(gone)


def _with_parents(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        for length in range(1, len(path) + 1):
            yield path[:length]


def with_parents(paths: Iterable[Path]) -> Paths:
    """The paths and all their prefixes."""
    return frozenset(_with_parents(paths))


def to_json(paths: Iterable[Path]) -> dict[str, Any]:
    """The ``FieldsV1`` form of a set of paths."""
    root: dict[str, Any] = {}
    members = sorted(paths)
    for path in members:
        place = root
        for element in path:
            place = place.setdefault(element, {})
    for path in members:
        place = root
        for element in path:
            place = place[element]
        if place and "." not in place:
            rest = dict(place)
            place.clear()
            place["."] = {}
            place.update(rest)
    return root


def from_json(tree: Mapping[str, Any]) -> Paths:
    """The set of paths in ``FieldsV1`` form."""
    return frozenset(_read(tree, ()))


def _read(tree: Mapping[str, Any], path: Path) -> Iterator[Path]:
    for element, below in tree.items():
        if element == ".":
            yield path
        elif below:
            yield from _read(below, (*path, element))
        else:
            yield (*path, element)


def display(path: Path) -> str:
    """A path as conflict messages show it: ``.spec.ports[port=80,protocol="TCP"].name``."""
    parts = []
    for element in path:
        kind, _, text = element.partition(":")
        if kind == "f":
            parts.append(f".{text}")
        elif kind == "k":
            pairs = ",".join(f"{key}={_compact(value)}" for key, value in json.loads(text).items())
            parts.append(f"[{pairs}]")
        else:
            parts.append(f"[={text}]")
    return "".join(parts)
