"""Whether the spec of an object, read back, still is what was written. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.cluster import Obj
from harness.play.readings import Fault
from harness.scenario.model import UnchangedCheck
from harness.scenario.shape import path_of

_MISSING = object()


def unchanged_faults(check: UnchangedCheck, obj: Obj | None, written: Obj) -> list[Fault]:
    """Fields of the spec that are not what was written; what the API server filled in by default is no change."""
    if obj is None:
        return [Fault(f"{check.of} does not exist")]
    faults = []
    for name in check.fields or ("spec",):
        path = path_of(name)
        wanted, stored = value_at(written, path), value_at(obj, path)
        faults += [Fault(text) for text in _differences(wanted, stored, name)]
        if check.exact:
            faults += [Fault(text) for text in _additions(wanted, stored, name)]
    return faults


def value_at(obj: Any, path: Sequence[str | int]) -> Any:
    """The value at a path; a sentinel that equals nothing where there is none."""
    for part in path:
        if isinstance(part, int):
            if not isinstance(obj, list) or part >= len(obj):
                return _MISSING
            obj = obj[part]
        elif isinstance(obj, Mapping) and part in obj:
            obj = obj[part]
        else:
            return _MISSING
    return obj


def exists_at(obj: Any, path: Sequence[str | int]) -> bool:
    """Whether there is a value at a path."""
    return value_at(obj, path) is not _MISSING


def _differences(wanted: Any, stored: Any, where: str) -> Iterator[str]:
    """Where what is stored lacks or changes what was written."""
    if wanted is _MISSING:
        yield f"{where} was never written"
    elif stored is _MISSING:
        yield f"{where} is gone"
    elif isinstance(wanted, Mapping) and isinstance(stored, Mapping):
        for key, value in wanted.items():
            yield from _differences(value, stored.get(key, _MISSING), f"{where}.{key}")
    elif isinstance(wanted, list) and isinstance(stored, list) and len(wanted) == len(stored):
        for index, (before, after) in enumerate(zip(wanted, stored, strict=True)):
            yield from _differences(before, after, f"{where}[{index}]")
    elif wanted != stored:
        yield f"{where} is {stored!r}, and {wanted!r} was written"


def _additions(wanted: Any, stored: Any, where: str) -> Iterator[str]:
    """What is stored besides what was written."""
    if isinstance(wanted, Mapping) and isinstance(stored, Mapping):
        for key, value in stored.items():
            if key in wanted:
                yield from _additions(wanted[key], value, f"{where}.{key}")
            else:
                yield f"{where}.{key} is {value!r}, which nobody wrote"
    elif isinstance(wanted, list) and isinstance(stored, list):
        for index, (before, after) in enumerate(zip(wanted, stored, strict=False)):
            yield from _additions(before, after, f"{where}[{index}]")
