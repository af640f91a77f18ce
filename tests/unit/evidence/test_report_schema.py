"""The schema of report.jsonl: current, and of one mind with what runs write."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from harness.evidence.schema import FILE, schema, text
from tests.evidence_samples import write_report


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(FILE.read_text(encoding="utf-8")))


@pytest.fixture
def records(tmp_path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in write_report(tmp_path).read_text(encoding="utf-8").splitlines()]


def test_the_file_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run: python -m harness.evidence.schema"


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())
    assert "``" not in text()


def test_every_line_of_a_report_fits(validator, records) -> None:
    assert len(records) == 10
    for record in records:
        assert [error.message for error in validator.iter_errors(record)] == []


@pytest.mark.parametrize("line", [0, 1, 2, -1], ids=["header", "scenario", "check", "footer"])
def test_what_the_loader_refuses_does_not_fit(validator, records, line) -> None:
    assert not validator.is_valid({**records[line], "surprise": 1})
    assert not validator.is_valid({**records[line], "record": "prologue"})
    for field in ("record", "id" if line in (1, 2) else "record"):
        assert not validator.is_valid({key: value for key, value in records[line].items() if key != field})


def test_a_verdict_that_does_not_exist_does_not_fit(validator, records) -> None:
    assert not validator.is_valid({**records[2], "verdict": "passed"})
