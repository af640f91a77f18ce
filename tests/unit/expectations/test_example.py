"""The example of the documentation and the schema for editors: both current."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from harness.expectations.lint import lint
from harness.expectations.load import load
from harness.expectations.resolve import resolve
from harness.expectations.schema import FILE, schema, text
from harness.scenario import yamltree
from harness.scenario.load import load_catalogue

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "docs" / "examples" / "expectations.yaml"
CATALOGUE = load_catalogue([ROOT / "scenarios"])


def test_the_example_is_sound():
    assert lint(EXAMPLE, CATALOGUE) == []
    found, problems = resolve(load(EXAMPLE), CATALOGUE, "1.21.3")
    assert problems == []
    assert all(entry.checks for entry in found)


def test_the_schema_is_current():
    assert FILE.read_text(encoding="utf-8") == text(), "run: python -m harness.expectations.schema"


def test_the_schema_fits_what_the_loader_accepts():
    Draft202012Validator.check_schema(schema())
    validator = Draft202012Validator(json.loads(text()))
    data = yamltree.parse(EXAMPLE.read_text(encoding="utf-8"), "x").data
    assert validator.is_valid(data)
    for spoilt in ({**data, "more": 1}, {"expectations": [{"checks": [], "outcome": "direct", "reason": "x" * 10}]}):
        assert not validator.is_valid(spoilt)
