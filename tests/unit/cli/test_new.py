"""``gamma new``: a skeleton that is clean, in a place that is free."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cli.main import main
from harness.scenario import load_file
from harness.scenario.lint import lint
from harness.scenario.load import read_catalogue

OWN = Path(__file__).resolve().parents[1] / "scenario" / "catalogue"
SCENARIOS = Path(__file__).resolve().parents[3] / "scenarios"


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    shutil.copytree(OWN, tmp_path / "own")
    return tmp_path / "own"


def new(capsys: pytest.CaptureFixture[str], place: str, catalogue: Path) -> tuple[int, str, str]:
    status = main(["new", place, "--scenarios", str(catalogue)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_skeleton_is_clean_beside_the_suite_s_own_catalogue(capsys, catalogue):
    status, out, _ = new(capsys, "filters/mirror-thrice", catalogue)
    path = catalogue / "filters" / "mirror-thrice.yaml"
    assert (status, out.splitlines()[0].startswith(f"wrote {path}")) == (0, True)
    found, problems = read_catalogue([SCENARIOS, path])
    assert problems == []
    assert [str(problem) for problem in lint(found) if problem.mark.file == found["mirror-thrice"].mark.file] == []


def test_the_longest_name_fits(capsys, catalogue):
    assert new(capsys, f"filters/{'x' * 40}", catalogue)[0] == 0


def test_it_has_two_clients_a_baseline_a_witness_and_checks(capsys, catalogue):
    new(capsys, "filters/mirror-thrice", catalogue)
    scenario = load_file(catalogue / "filters" / "mirror-thrice.yaml")
    assert {client.role for probe in scenario.probes.values() for client in probe.clients} == {"producer", "consumer"}
    assert [next(iter(step.model_fields_set - {"checks"})).strip("_") for step in scenario.steps] == [
        "apply",
        "await",
        "apply",
        "await",
        "hold",
    ]
    assert len(scenario.checks) == 2


def test_it_says_what_to_do_next(capsys, catalogue):
    _, out, _ = new(capsys, "filters/mirror-thrice", catalogue)
    assert "pytest --scenario mirror-thrice " in out
    assert "filters is a new area; there are: examples" in out
    assert "Not proven yet in filters: filters." in out
    assert ", and " in out


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("examples/good", "there is a scenario 'good' already"),
        ("filters/good", "there is a scenario 'good' already"),
        ("filters/good-v2", "'good-v2' cannot be used: "),
        ("mirror-twice", "'mirror-twice' is no AREA/NAME"),
        ("a/b/c", "is no AREA/NAME"),
        ("../x", "is no AREA/NAME"),
        ("filters/Mirror", "is no AREA/NAME"),
        ("filters/" + "x" * 41, "at most 40 characters in NAME"),
    ],
)
def test_a_place_that_is_taken_or_wrong_is_refused(capsys, catalogue, place, message):
    before = sorted(catalogue.rglob("*"))
    status, out, err = new(capsys, place, catalogue)
    assert (status, out) == (4, "")
    assert message in err
    assert sorted(catalogue.rglob("*")) == before


def test_a_file_that_is_no_scenario_yet_is_not_overwritten(capsys, catalogue):
    path = catalogue / "examples" / "draft.yaml"
    path.symlink_to(catalogue / "examples" / "nowhere.yaml")
    (catalogue / "examples" / "nowhere.yaml").write_text("", encoding="utf-8")
    assert new(capsys, "examples/draft", catalogue)[0] == 4


def test_a_catalogue_may_begin_with_it(capsys, tmp_path):
    status, out, _ = new(capsys, "matching/first", tmp_path / "mine")
    assert (status, out.splitlines()[0]) == (0, f"wrote {tmp_path}/mine/matching/first.yaml")
    assert main(["lint", str(tmp_path / "mine")]) == 0
