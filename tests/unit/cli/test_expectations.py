"""`gamma expectations` and what `gamma lint` says of its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.main import main
from harness.evidence.model import Kind, Verdict
from harness.expectations.load import load
from tests.evidence_samples import check, write_report

CATALOGUE = Path(__file__).parents[2] / "contract" / "pytest_interface" / "catalogue"
MESH = {"name": "mesh", "identity": {"version": "1.21.3"}}


@pytest.fixture
def report(tmp_path) -> Path:
    failed = {"kind": Kind.WRONG, "wrong": ("other",)}
    checks = (
        check("served", Verdict.FAIL, scenario="alpha", **failed),
        check("everywhere", Verdict.PASS, scenario="alpha"),
        check("served", Verdict.DEVIATION, scenario="bravo", **failed),
    )
    return write_report(tmp_path / "run", checks, mesh=MESH)


def test_failures_are_printed_as_entries(report, tmp_path, capsys):
    assert main(["expectations", str(report)]) == 0
    file = tmp_path / "printed.yaml"
    file.write_text(capsys.readouterr().out)
    (entry,) = load(file)
    assert (entry.checks, entry.outcome) == (("alpha/served",), ("other",))
    assert main(["expectations", str(report), "--deviations"]) == 0
    assert "bravo/served" in capsys.readouterr().out


def test_a_run_without_failures_prints_an_empty_list(tmp_path, capsys):
    path = write_report(tmp_path / "run", (check(scenario="alpha"),), exit_status=0)
    assert main(["expectations", str(path)]) == 0
    file = tmp_path / "printed.yaml"
    file.write_text(capsys.readouterr().out)
    assert load(file) == ()


def test_a_file_is_made_updated_and_linted(report, tmp_path, capsys):
    file = tmp_path / "mesh.expectations.yaml"
    catalogue = f"--scenarios={CATALOGUE}"
    assert main(["expectations", str(report.parent), "--update", str(file), catalogue]) == 0
    assert "new (other): alpha/served" in capsys.readouterr().out
    assert main(["lint", "--expectations", str(file), catalogue]) == 4
    said = capsys.readouterr().out
    assert "nobody has given a reason yet" in said
    assert "the entry has no issue" in said
    written = file.read_text().replace("describe why'", "no, it is known'\n    issue: https://example.org/7  # kept")
    file.write_text(written)
    assert main(["lint", "--expectations", str(file), f"--scenarios={CATALOGUE}"]) == 0
    assert main(["expectations", str(report), "--update", str(file), catalogue]) == 0
    assert "nothing has changed" in capsys.readouterr().out
    assert file.read_text() == written


@pytest.mark.parametrize("arguments", [["nothing-here"], ["REPORT", "--update", "TMP/no/such/dir.yaml"]])
def test_what_cannot_be_read_or_written_is_usage(report, tmp_path, capsys, arguments):
    words = [word.replace("REPORT", str(report)).replace("TMP", str(tmp_path)) for word in arguments]
    assert main(["expectations", *words, f"--scenarios={CATALOGUE}"]) == 4
    assert "gamma expectations: " in capsys.readouterr().err
