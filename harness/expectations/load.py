"""Files of expectations to model objects, every mistake with file and line."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from harness.errors import Problem, UsageError
from harness.expectations.model import Document, Entry
from harness.scenario import yamltree
from harness.scenario.basics import Mark, Node

SUFFIX = ".expectations.yaml"
_MODELS: tuple[type[Node], ...] = (Document, Entry)
_FORMS = {"string_pattern_mismatch": "write an address like https://example.org/issues/7"}
_TYPES = {"string_type": "write a text", "tuple_type": "write a list", "model_type": "write a mapping"}


def load(path: Path) -> tuple[Entry, ...]:
    """The entries of a file; raises UsageError with every problem, or where it cannot be read."""
    entries, problems = read(path)
    if problems:
        raise UsageError("\n".join(map(str, problems)), "compare with docs/examples/expectations.yaml")
    return entries


def read(path: Path) -> tuple[tuple[Entry, ...], list[Problem]]:
    """The entries of a file, or what is wrong with it. Raises UsageError where it cannot be read at all."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the expectations {path}: {error}") from None
    return parse(text, str(path))


def parse(text: str, file: str) -> tuple[tuple[Entry, ...], list[Problem]]:
    """The entries of a text, or what is wrong with it."""
    tree = yamltree.parse(text, file)
    if tree.problems:
        return (), tree.problems
    if not isinstance(tree.data, dict):
        return (), [Problem(Mark(file, 1), "this is no mapping", "begin with `expectations:` and a list of entries")]
    try:
        document = Document.model_validate(tree.data)
    except ValidationError as error:
        return (), [_problem(detail, tree) for detail in error.errors()]
    for index, entry in enumerate(document.expectations):
        entry.stands_at(tree.at(("expectations", index)))
    return document.expectations, []


def _problem(detail: ErrorDetails, tree: yamltree.Tree) -> Problem:
    path = tuple(part for part in detail["loc"] if isinstance(part, int | str))
    mark, kind, key = tree.at(path), detail["type"], path[-1]
    if kind == "missing":
        return Problem(tree.at(path[:-1]), f"{_called(path[:-1])} lacks the key {key!r}", "add it")
    if kind == "extra_forbidden":
        known = list(_MODELS[min(len(path) // 2, 1)].model_fields)
        near = get_close_matches(str(key), known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        return Problem(mark, f"unknown key {key!r} in {_called(path[:-1])}", f"{hint}allowed: {', '.join(known)}")
    fix = _FORMS.get(kind) or _TYPES.get(kind) or str(detail.get("ctx", {}).get("error", detail["msg"]))
    return Problem(mark, f"{_called(path)} is {detail['input']!r}", fix)


def _called(path: tuple[str | int, ...]) -> str:
    if len(path) < 2:
        return "the file" if not path else str(path[0])
    return ", ".join([f"entry {int(path[1]) + 1}", *map(str, path[2:3])])
