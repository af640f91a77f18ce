"""JSON merge patch (RFC 7386) and JSON patch (RFC 6902)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from lab.api.errors import StatusError, bad_request


def merge_patch(target: Any, patch: Any) -> Any:
    """``target`` with a merge patch applied; a null removes, a list replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, part in patch.items():
        if part is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), part)
    return result


def json_patch(target: Any, operations: Any) -> Any:
    """``target`` with the operations applied, all or none. Raises StatusError (400, or 422 when one fails)."""
    if not isinstance(operations, list):
        raise bad_request("error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    result = deepcopy(target)
    for operation in operations:
        if not isinstance(operation, dict) or "op" not in operation or "path" not in operation:
            raise bad_request("error decoding patch: an operation needs op and path")
        result = _operate(result, operation)
    return result


def _operate(document: Any, operation: dict[str, Any]) -> Any:
    path = _pointer(operation["path"])
    match operation["op"]:
        case "add":
            document = _add(document, path, _value(operation))
        case "remove":
            document, _ = _remove(document, path)
        case "replace":
            _get(document, path)
            document = _add(_remove(document, path)[0] if path else None, path, _value(operation))
        case "move":
            rest, moved = _remove(document, _pointer(operation.get("from", "")))
            document = _add(rest, path, moved)
        case "copy":
            copied = deepcopy(_get(document, _pointer(operation.get("from", ""))))
            document = _add(document, path, copied)
        case "test":
            if _get(document, path) != operation.get("value"):
                raise _failed(f"testing value {operation['path']} failed")
        case other:
            raise _failed(f"Unexpected kind: {other}")
    return document


def _value(operation: dict[str, Any]) -> Any:
    if "value" not in operation:
        raise bad_request(f"error decoding patch: operation {operation['op']} needs a value")
    return operation["value"]


def _pointer(text: str) -> list[str]:
    if not text:
        return []
    if not text.startswith("/"):
        raise bad_request(f"error decoding patch: not a JSON pointer: {text!r}")
    return [part.replace("~1", "/").replace("~0", "~") for part in text[1:].split("/")]


def _failed(why: str) -> StatusError:
    return StatusError(422, "Invalid", f"the server rejected our request due to an error in our request: {why}")


def _index(place: list[Any], name: str, *, end: bool) -> int:
    if name == "-" and end:
        return len(place)
    if not name.isdigit() or int(name) >= len(place) + (1 if end else 0):
        raise _failed(f"no such index: {name}")
    return int(name)


def _get(document: Any, path: list[str]) -> Any:
    for name in path:
        if isinstance(document, list):
            document = document[_index(document, name, end=False)]
        elif isinstance(document, dict) and name in document:
            document = document[name]
        else:
            raise _failed(f"path does not exist: /{'/'.join(path)}")
    return document


def _add(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    place, last = _get(document, path[:-1]), path[-1]
    if isinstance(place, list):
        place.insert(_index(place, last, end=True), value)
    elif isinstance(place, dict):
        place[last] = value
    else:
        raise _failed(f"path does not exist: /{'/'.join(path)}")
    return document


def _remove(document: Any, path: list[str]) -> tuple[Any, Any]:
    removed = _get(document, path)
    if not path:
        raise _failed("cannot remove the whole document")
    place, last = _get(document, path[:-1]), path[-1]
    if isinstance(place, list):
        del place[int(last)]
    else:
        del place[last]
    return document, removed
