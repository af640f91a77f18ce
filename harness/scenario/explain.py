"""From the model's validation errors to sentences with file, line and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from harness.errors import Problem
from harness.scenario import model
from harness.scenario.yamltree import Path, Tree

_SHAPES = {
    "string_type": "a text (in quotes, where it looks like something else)",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "mapping_type": "a mapping",
    "tuple_type": "a list",
    "list_type": "a list",
}
_LIMITS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}
_NAME = "lower-case letters, digits and hyphens, at most 63 characters"
_FORMS = {
    "method": "a method in capitals, like GET",
    "since": "a release like v1.4",
    "of": "HTTPRoute/NAME or HTTPRoute/NAMESPACE/NAME",
}
_EXPECT = "write the name of an outcome or, in a mix, the shares: {OUTCOME: 70, OTHER: 30}"


def explain(error: ValidationError, tree: Tree) -> list[Problem]:
    """Every error as a problem of the file, without those that only follow from another one."""
    details = _without_consequences(error.errors(), tree)
    found = dict.fromkeys(_problem(detail, tree) for detail in details)
    return sorted(found, key=lambda problem: (problem.mark.line, problem.mark.column))


def empty_values(tree: Tree) -> list[Problem]:
    """Keys of a scenario without a value; the objects under ``manifests`` are Kubernetes' business."""
    if not isinstance(tree.data, dict):
        return []
    return [
        Problem(tree.at(path), f"{_called(path)} has no value", "give it one, or remove the key")
        for key, value in tree.data.items()
        if key != "manifests"
        for path in _empty(value, (key,))
    ]


def _empty(value: Any, path: Path) -> Iterable[Path]:
    if value is None:
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _empty(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _empty(item, (*path, index))


def place_of(detail: ErrorDetails, tree: Tree) -> Path:
    """An error's location as a path of the file.

    What does not stand there is left out: the step's verb, markers of keys, the branches of unions, and the index of a
    single value that may be a list.
    """
    location, value = detail["loc"], tree.data
    path: list[int | str] = []
    for index, part in enumerate(location):
        if index == 2 and location[0] == "steps":
            continue
        there = part in value if isinstance(value, dict) else isinstance(value, list) and isinstance(part, int)
        if there:
            value = value[part]
            path.append(part)
        elif detail["type"] == "missing" and index == len(location) - 1:
            path.append(part)
    return tuple(path)


def _without_consequences(details: Sequence[ErrorDetails], tree: Tree) -> list[ErrorDetails]:
    """Leave out: a list that is too short because its items are wrong, and a key that is missing but misspelt."""
    paths = [place_of(detail, tree) for detail in details]
    misspelt = {
        (*place_of(detail, tree)[:-1], near[0])
        for detail in details
        if detail["type"] == "extra_forbidden" and (near := _near(detail["loc"]))
    }
    kept = []
    for number, (detail, path) in enumerate(zip(details, paths, strict=True)):
        inside = any(path == other[: len(path)] for index, other in enumerate(paths) if index != number)
        follows = (detail["type"] == "too_short" and inside) or (detail["type"] == "missing" and path in misspelt)
        if not follows and not _other_branch(detail):
            kept.append(detail)
    return kept


def _other_branch(detail: ErrorDetails) -> bool:
    """Whether the error is about the form of ``expect`` that the author did not use."""
    location = detail["loc"]
    if "expect" not in location:
        return False
    branches = location[location.index("expect") + 1 :]
    return bool(branches) and isinstance(detail["input"], dict) and str(branches[0]) in ("str", "constrained-str")


def _problem(detail: ErrorDetails, tree: Tree) -> Problem:
    path, kind = place_of(detail, tree), detail["type"]
    if kind == "extra_forbidden":
        text = f"unknown key {path[-1]!r} in {_called(path[:-1])}"
        return Problem(tree.at(path), text, _allowed(detail["loc"]))
    if kind == "missing":
        return Problem(tree.at(path[:-1]), f"{_called(path[:-1])} lacks the key {path[-1]!r}", "add it")
    text, fix = _about_value(detail, path)
    return Problem(tree.at(path), f"{_called(path)} {text}", fix)


def _about_value(detail: ErrorDetails, path: Path) -> tuple[str, str]:
    """What is wrong with a value, and what to write instead."""
    kind, found, context = detail["type"], detail["input"], detail.get("ctx", {})
    text = f"is {_shown(found)}"
    if path[-1:] == ("expect",):
        fix = _EXPECT
    elif kind in _SHAPES:
        fix = f"write {_SHAPES[kind]}"
    elif kind in _LIMITS:
        words, key = _LIMITS[kind]
        fix = f"write a number of {words} {context[key]:g}"
    elif kind == "too_short":
        text, fix = "is empty", "give at least one"
    elif kind == "string_too_short":
        text, fix = f"has {len(str(found).strip())} characters", f"write at least {context['min_length']}"
    elif kind == "string_too_long":
        text, fix = f"has {len(str(found).strip())} characters", f"write at most {context['max_length']}"
    elif kind == "string_pattern_mismatch":
        fix = f"allowed: {_FORMS.get(str(path[-1]), _NAME)}"
    elif kind == "literal_error":
        fix = f"allowed: {context.get('expected', '')}"
    else:
        fix = str(context.get("error", detail["msg"]))
    return text, fix


def _called(path: Path) -> str:
    """A path as people count: ``step 6, check 2, proves``."""
    words: list[str] = []
    for index, part in enumerate(path):
        before = path[index - 1] if index else ""
        if isinstance(part, int) and before in ("steps", "checks"):
            words[-1] = f"{str(before)[:-1]} {part + 1}"
        elif isinstance(part, int):
            words[-1] = f"{words[-1]}[{part}]"
        elif index == 1 and before in ("probes", "outcomes"):
            words[-1] = f"{str(before)[:-1]} {part}"
        else:
            words.append(part)
    return ", ".join(words) or "the scenario"


def _shown(value: Any) -> str:
    text = "empty" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _near(location: Sequence[int | str]) -> list[str]:
    """The allowed key that an unknown one resembles."""
    return get_close_matches(str(location[-1]), _fields(location[:-1]), n=1)


def _allowed(location: Sequence[int | str]) -> str:
    near = _near(location)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}allowed: {', '.join(_fields(location[:-1]))}"


def _fields(location: Sequence[int | str]) -> list[str]:
    """The keys allowed at a location of the model."""
    return [field.alias or name for name, field in _owner(location).model_fields.items()]


_BY_SECTION: Mapping[str, type[BaseModel]] = {
    "probes": model.Probe,
    "outcomes": model.Outcome,
    "workloads": model.OwnWorkload,
}
_BY_FIELD: Mapping[str, type[BaseModel]] = {
    "backendSees": model.BackendSees,
    "clientSees": model.ClientSees,
    "timedOut": model.TimedOut,
    "elapsed": model.Elapsed,
    "backendHits": model.Hits,
    "hits": model.WorkloadHits,
}
_BY_CHECK_FIELD: Mapping[str, type[BaseModel]] = {
    "parent": model.Parent,
    "conditions": model.Condition,
    "notConditions": model.Condition,
    "supportedFeatures": model.Supported,
}


def _owner(location: Sequence[int | str]) -> type[BaseModel]:
    if not location:
        return model.Scenario
    words = [part for part in location[1:] if isinstance(part, str)]
    if location[0] == "steps" and words:
        if "checks" in words:
            field = words[words.index("checks") + 1 :]
            return _BY_CHECK_FIELD[field[0]] if field and field[0] in _BY_CHECK_FIELD else model.CHECKS[words[0]]
        return model.MixSample if words[1:] == ["mix"] else model.VERBS[words[0]]
    inner = words[1] if len(words) > 1 else ""
    if "location" in words:
        return model.Location
    return _BY_FIELD.get(inner, _BY_SECTION.get(str(location[0]), model.Scenario))
