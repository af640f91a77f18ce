"""The schema for editors: current, complete in hover texts, and of one mind with the loader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from harness.scenario import yamltree
from harness.scenario.schema import FILE, schema, text

from .spoil import GOOD, Edit, edited, load_problems

SCENARIOS = sorted((Path(__file__).resolve().parents[3] / "scenarios").glob("*/*.yaml"))


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(FILE.read_text(encoding="utf-8")))


def test_the_file_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run: python -m harness.scenario.schema"


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


def _properties(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        for name, value in (node.get("properties") or {}).items():
            yield f"{path}/{name}", value
        for name, value in node.items():
            yield from _properties(value, f"{path}/{name}")
    elif isinstance(node, list):
        for item in node:
            yield from _properties(item, path)


def test_every_property_has_a_hover_text() -> None:
    silent = [path for path, value in _properties(schema()) if not value.get("description")]
    assert silent == []


def test_no_python_shows() -> None:
    assert "``" not in text()
    assert "title" not in {name for path, value in _properties(schema()) for name in value if path != "/title"}


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_the_catalogue_fits(file: Path, validator: Draft202012Validator) -> None:
    data = yamltree.parse(file.read_text(encoding="utf-8"), file.name).data
    assert [error.message for error in validator.iter_errors(data)] == []


MISTAKES: list[Edit] = [
    ("title:", "titel:"),
    ("probe: known", "prob: known"),
    ("hold: 2s", "hold: 2"),
    ("hold: 2s", "hold: two"),
    ("from: consumer", "from: []"),
    ("{backend: echo-v2}", "{backend: 5}"),
    ("rejected: [404]", "rejected: [none]"),
    ("  - delete: route", "  - delete: route\n    apply: route"),
    ("  - delete: route", "  - remove: route"),
    ("detects: 5", "detects: 99"),
    ("  v2:  ", "  V2:  "),
    ("kind: HTTPRoute", "kind: Ingress"),
]


@pytest.mark.parametrize("edit", MISTAKES, ids=[new.strip() for _, new in MISTAKES])
def test_schema_and_loader_refuse_the_same(edit: Edit, validator: Draft202012Validator) -> None:
    spoilt = edited(edit)
    assert load_problems(spoilt)
    assert not validator.is_valid(yamltree.parse(spoilt, "x").data)


def test_schema_and_loader_accept_the_same(validator: Draft202012Validator) -> None:
    assert validator.is_valid(yamltree.parse(GOOD, "x").data)


def test_a_mistake_in_a_step_is_about_that_verb_only(validator: Draft202012Validator) -> None:
    data = yamltree.parse(edited(("  - delete: route", "  - delete: 5")), "x").data
    (error,) = validator.iter_errors(data)
    assert list(error.path) == ["steps", 6, "delete"]
    assert error.message == "5 is not of type 'string'"
