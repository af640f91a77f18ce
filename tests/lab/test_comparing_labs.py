"""The lab and three defective labs, played for real: a comparison shows the planted differences and no others."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema
import yaml
from jsonschema import Draft202012Validator

import spec.defects
from cli import main as gamma
from harness.evidence import load
from harness.evidence.schema import schema as report_schema
from reports.compare import compare
from reports.compare.schema import schema as compare_schema
from tests.lab.lab_processes import PROJECT

SCENARIOS = ("unmatched-rejected", "paths", "no-route")
DEFECTS = ("unmatched-falls-through", "prefix-by-characters", "exact-in-any-case")


def play(directory: Path, defect: str) -> Path:
    chosen = [f"--scenario={name}" for name in SCENARIOS] + ([f"--lab-defect={defect}"] if defect else [])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "3"]
    words = [*command, f"--report-dir={directory}", *chosen]
    done = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == bool(defect), done.stdout + done.stderr
    return directory


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The directory of each run, by defect; the lab without one first."""
    place = tmp_path_factory.mktemp("runs")
    defects = ("", *DEFECTS)
    with ThreadPoolExecutor(max_workers=2) as pool:
        return dict(
            zip(defects, pool.map(lambda defect: play(place / (defect or "lab"), defect), defects), strict=True)
        )


def planted(defect: str, played: set[str]) -> set[str]:
    return set(spec.defects.load()[defect].kills) & played


def test_all_four_side_by_side_show_what_was_planted_and_nothing_else(runs, capsys):
    assert gamma.main(["compare", *map(str, runs.values()), "--format", "json", "--fail-on", "difference"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [error.message for error in Draft202012Validator(compare_schema()).iter_errors(found)] == []
    assert sorted(found["scenarios"]) == sorted(SCENARIOS)
    assert found["left_out"] == []
    played = {check["id"] for check in found["checks"]}
    for column, defect in enumerate(DEFECTS, start=1):
        failing = {check["id"] for check in found["checks"] if check["verdicts"][column] == "fail"}
        assert failing == planted(defect, played), defect
        assert failing
    differing = {check["id"] for check in found["checks"] if check["differs"]}
    assert differing == {name for defect in DEFECTS for name in planted(defect, played)}
    assert {check["verdicts"][0] for check in found["checks"]} == {"pass"}


@pytest.mark.parametrize("defect", DEFECTS)
def test_what_a_defect_breaks_is_a_regression(runs, capsys, defect):
    words = ["compare", str(runs[""]), str(runs[defect]), "--fail-on", "regression"]
    assert gamma.main(words) == 1
    told = capsys.readouterr().out
    found = compare([load(runs[""]), load(runs[defect])])
    assert {check.id for check in found.regressions} == planted(defect, {check.id for check in found.checks})
    assert all(f"- `{check.id}`: fail" in told for check in found.regressions)
    assert gamma.main(["compare", str(runs[defect]), str(runs[""]), "--fail-on", "regression"]) == 0
    assert gamma.main(["compare", str(runs[""]), str(runs[""]), "--fail-on", "difference"]) == 0


def test_every_file_of_a_real_run_is_valid(runs):
    lines = Draft202012Validator(report_schema())
    junit = xmlschema.XMLSchema(PROJECT / "tests" / "unit" / "reports" / "junit.xsd")
    for directory in runs.values():
        for line in (directory / "report.jsonl").read_text(encoding="utf-8").splitlines():
            assert [error.message for error in lines.iter_errors(json.loads(line))] == []
        junit.validate(str(directory / "junit.xml"))
        assert len(list(ET.parse(directory / "junit.xml").iter("testcase"))) == len(load(directory).checks)
        ET.parse(directory / "badge.svg")
        assert json.loads((directory / "badge.json").read_text())["schemaVersion"] == 1
        found = yaml.safe_load((directory / "conformance-report.yaml").read_text(encoding="utf-8"))
        assert (found["apiVersion"], found["kind"]) == ("gateway.networking.k8s.io/v1", "ConformanceReport")
        profiles = {profile["name"]: profile["core"] for profile in found["profiles"]}
        assert profiles["MESH-GRPC"]["statistics"] == {"Passed": 1, "Skipped": 2, "Failed": 0}  # MeshBasic
        broken = profiles["MESH-HTTP"].get("failedTests", [])
        matching = directory.name in ("unmatched-falls-through", "prefix-by-characters")
        assert broken == (["MeshHTTPRouteMatching"] if matching else [])
        statistics = {"Passed": 1, "Skipped": 6 - len(broken), "Failed": len(broken)}
        assert profiles["MESH-HTTP"]["statistics"] == statistics


@pytest.mark.parametrize("spoil", ["cut", "edit", "merge", "remove"])
def test_a_tampered_report_is_refused_by_every_command(runs, tmp_path, capsys, spoil):
    content = (runs[DEFECTS[0]] / "report.jsonl").read_bytes()
    lines = content.splitlines(keepends=True)
    changed = {
        "cut": content[: len(content) * 2 // 3],
        "edit": content.replace(b'"verdict":"fail"', b'"verdict":"pass"', 1),
        "merge": content + (runs[""] / "report.jsonl").read_bytes(),
        "remove": b"".join(lines[:3] + lines[4:]),
    }[spoil]
    file = tmp_path / "report.jsonl"
    file.write_bytes(changed)
    good = str(runs[""])
    commands = (
        ["report", str(file)],
        ["compare", good, str(file)],
        ["publish", str(file), "--to", str(tmp_path / "results")],
        ["expectations", str(file)],
    )
    for words in commands:
        assert gamma.main(words) == 4
        told = capsys.readouterr()
        assert str(file) in told.err
        assert "Traceback" not in told.err
        assert told.out == ""
    assert list(tmp_path.iterdir()) == [file]
