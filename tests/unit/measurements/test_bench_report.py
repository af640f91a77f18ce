"""The large report of the measurements is a sound one, whatever its size."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from harness.evidence import load
from reports import html

# Loaded by its place: another module of the tests has the name `bench`.
write = runpy.run_path(str(Path(__file__).resolve().parents[3] / "bench" / "big_report.py"))["write"]


def test_it_loads_and_is_the_same_for_the_same_seed(tmp_path) -> None:
    (tmp_path / "again").mkdir()
    first, again = (write(folder / "report.jsonl", 400) for folder in (tmp_path, tmp_path / "again"))
    report = load(first)
    assert len(report.checks) == 400
    assert {check.verdict.value for check in report.checks} == {"pass", "fail"}
    assert [check.id for check in load(again).checks if check.answers] == [c.id for c in report.checks if c.answers]


@pytest.mark.parametrize("failing", [0.01, 1.0])
def test_the_page_of_a_whole_catalogue_is_small_whatever_fails(tmp_path, failing) -> None:
    report = load(write(tmp_path / "report.jsonl", 540, failing=failing))
    assert len(html.render(report).encode()) < 3_000_000
