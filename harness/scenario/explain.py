"""From the model's validation errors to sentences with file, line and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from harness.errors import Problem
from harness.scenario import model
from harness.scenario.yamltree import Path, Tree

_SHAPES = {
    "string_type": "a text",
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
_PATTERNS = "lower-case letters, digits and hyphens, at most 63 characters"


def explain(error: ValidationError, tree: Tree) -> list[Problem]:
    """Every error as a problem of the file."""
    return [_problem(detail, tree) for detail in error.errors()]


def place_of(location: tuple[int | str, ...]) -> Path:
    """An error's location as a path of the file: without the step's verb, key markers and the branches of unions."""
    path: list[int | str] = []
    for index, part in enumerate(location):
        verb = index == 2 and location[0] == "steps"
        branch = isinstance(part, str) and (part == "[key]" or "[" in part or part in ("str", "constrained-str"))
        if not verb and not branch:
            path.append(part)
    return tuple(path)


def _problem(detail: ErrorDetails, tree: Tree) -> Problem:
    path = place_of(detail["loc"])
    if detail["type"] == "missing":
        return Problem(tree.at(path[:-1]), f"{_parent(path)} lacks the key {path[-1]!r}", "add it")
    return Problem(tree.at(path), *_text_and_fix(detail, path))


def _text_and_fix(detail: ErrorDetails, path: Path) -> tuple[str, str]:
    kind, found, context = detail["type"], detail["input"], detail.get("ctx", {})
    name = ".".join(str(part) for part in path) or "the file"
    if kind == "extra_forbidden":
        return f"unknown key {path[-1]!r} in {_parent(path)}", _allowed(detail["loc"], str(path[-1]))
    if kind in _SHAPES:
        return f"{name} is {_shown(found)}", f"write {_SHAPES[kind]}"
    if kind == "string_pattern_mismatch":
        return f"{name}: {_shown(found)} is no name", f"allowed are {_PATTERNS}"
    if kind == "literal_error":
        return f"{name} is {_shown(found)}", f"allowed: {context.get('expected', '')}"
    message = str(context.get("error", detail["msg"]))
    return f"{name}: {message[:1].lower()}{message[1:]} (found {_shown(found)})", ""


def _parent(path: Path) -> str:
    return ".".join(str(part) for part in path[:-1]) or "the scenario"


def _shown(value: Any) -> str:
    text = "empty" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _allowed(location: tuple[int | str, ...], key: str) -> str:
    fields = _fields(location[:-1])
    near = get_close_matches(key, fields, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}allowed: {', '.join(fields)}"


def _fields(location: tuple[int | str, ...]) -> list[str]:
    """The keys allowed at a location of the model."""
    owner = _owner(location)
    return [field.alias or name for name, field in owner.model_fields.items()]


_BY_SECTION: Mapping[str, type[BaseModel]] = {"probes": model.Probe, "outcomes": model.Outcome}
_BY_FIELD: Mapping[str, type[BaseModel]] = {
    "backendSees": model.BackendSees,
    "clientSees": model.ClientSees,
    "timedOut": model.TimedOut,
    "elapsed": model.Elapsed,
    "backendHits": model.Hits,
    "checks": model.Check,
}


def _owner(location: tuple[int | str, ...]) -> type[BaseModel]:
    if not location:
        return model.Scenario
    words = [part for part in location[1:] if isinstance(part, str)]
    if location[0] == "steps" and words:
        if "checks" in words:
            return model.Check
        return model.MixSample if words[1:] == ["mix"] else model.VERBS[words[0]]
    inner = words[1] if len(words) > 1 else ""
    return _BY_FIELD.get(inner, _BY_SECTION.get(str(location[0]), model.Scenario))
