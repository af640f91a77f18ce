"""Strategic merge patch: merge patch that knows which lists are merged by a key, for the built-in types.

Directives: ``$patch: delete`` and ``$patch: replace`` in an object or list item, ``$retainKeys``,
``$deleteFromPrimitiveList/NAME`` and ``$setElementOrder/NAME``.
"""

from __future__ import annotations

from typing import Any

from lab.api.errors import bad_request
from lab.api.schema import Node

_DELETE_FROM = "$deleteFromPrimitiveList/"
_ORDER = "$setElementOrder/"


def strategic_merge(node: Node, target: Any, patch: Any) -> Any:
    """``target`` with a strategic merge patch applied. Raises StatusError (400) for a malformed directive."""
    if not isinstance(patch, dict):
        return patch
    base = dict(target) if isinstance(target, dict) else {}
    if patch.get("$patch") == "replace":
        return _without_directives(patch)
    if patch.get("$patch") == "delete":
        return {}
    if "$retainKeys" in patch:
        base = {name: part for name, part in base.items() if name in patch["$retainKeys"]}
    for name, part in patch.items():
        if not name.startswith("$"):
            _merge_field(node.child(name), base, name, part)
    for name, part in patch.items():
        if name.startswith("$"):
            _direct(node, base, name, part)
    return base


def _direct(node: Node, base: dict[str, Any], name: str, part: Any) -> None:
    """Carry out a directive about a list of ``base``."""
    if name.startswith(_DELETE_FROM):
        field = name.removeprefix(_DELETE_FROM)
        base[field] = [each for each in base.get(field) or [] if each not in part]
    elif name.startswith(_ORDER):
        field = name.removeprefix(_ORDER)
        if isinstance(base.get(field), list):
            base[field] = _ordered(node.child(field), base[field], part)


def _merge_field(node: Node, base: dict[str, Any], name: str, part: Any) -> None:
    if part is None:
        base.pop(name, None)
    elif isinstance(part, dict):
        base[name] = strategic_merge(node, base.get(name), part)
    elif isinstance(part, list) and node.patch_merge:
        base[name] = _merge_list(node, base.get(name) or [], part)
    else:
        base[name] = part


def _merge_list(node: Node, target: list[Any], patch: list[Any]) -> list[Any]:
    if not node.patch_key:
        return target + [each for each in patch if each not in target]
    if any(isinstance(each, dict) and each.get("$patch") == "replace" for each in patch):
        return [_without_directives(each) for each in patch if each.get("$patch") != "replace"]
    result = list(target)
    for item in patch:
        if not isinstance(item, dict) or node.patch_key not in item:
            raise bad_request(f"map: {item} does not contain declared merge key: {node.patch_key}")
        found = [at for at, each in enumerate(result) if each.get(node.patch_key) == item[node.patch_key]]
        if item.get("$patch") == "delete":
            result = [each for at, each in enumerate(result) if at not in found]
        elif found:
            result[found[0]] = strategic_merge(node.item(), result[found[0]], item)
        else:
            result.append(strategic_merge(node.item(), {}, item))
    return result


def _ordered(node: Node, items: list[Any], order: list[Any]) -> list[Any]:
    """Items in the asked order; those that the order does not mention keep their place after what they followed."""
    key = node.patch_key

    def identity(item: Any) -> Any:
        return item.get(key) if key and isinstance(item, dict) else item

    wanted = [identity(each) for each in order]
    listed = sorted((each for each in items if identity(each) in wanted), key=lambda each: wanted.index(identity(each)))
    upcoming = iter(listed)
    return [next(upcoming) if identity(each) in wanted else each for each in items]


def _without_directives(value: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in value.items() if not name.startswith("$")}
