"""Comparisons show what differs, and only over scenarios that were the same."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cli import main as gamma
from harness.evidence import Report, load
from harness.evidence.model import PlannedCheck, PlannedScenario, Verdict
from reports.compare import Comparison, compare, html, markdown
from reports.compare.make import result
from reports.compare.model import Result
from reports.compare.schema import FILE, schema, text
from tests.evidence_samples import RECOMMENDED, REJECTED, check, write_report
from tests.unit.reports.test_hostile_formats import ATTACK, TEXT, sound_markdown

SCHEMA = Draft202012Validator(json.loads(FILE.read_text(encoding="utf-8")))


@pytest.fixture
def report(tmp_path):
    """Makes reports: scenario -> check -> verdict."""
    numbers = itertools.count()

    def make(verdicts: dict[str, dict[str, Verdict]], digests: dict[str, str] | None = None, **head) -> Report:
        checks = tuple(
            check(name, verdict, scenario=scenario, proves=(RECOMMENDED,) if name == "advice" else (REJECTED,))
            for scenario, found in verdicts.items()
            for name, verdict in found.items()
        )
        plan = tuple(
            PlannedScenario(
                id=scenario,
                area="attachment",
                title="A title",
                file=f"scenarios/attachment/{scenario}.yaml",
                digest=(digests or {}).get(scenario, "0" * 64),
                support="core",
                checks=tuple(
                    PlannedCheck(id=one.id, line=one.line, proves=one.proves)
                    for one in checks
                    if one.scenario == scenario
                ),
            )
            for scenario in verdicts
        )
        number = next(numbers)
        head = {"run": f"run-{number}", "mesh": {"name": "acme", "identity": {"version": f"1.{number}"}}, **head}
        return load(write_report(tmp_path / str(number), checks, scenarios=plan, **head))

    return make


GOOD = {"one": {"a": Verdict.PASS, "b": Verdict.PASS}, "two": {"advice": Verdict.PASS}}


def test_equal_reports_differ_in_nothing(report):
    found = compare([report(GOOD), report(GOOD)])
    assert found.differences == found.regressions == ()
    assert found.scenarios == ("one", "two")
    assert [one.results for one in found.requirements] == [(Result.PROVEN, Result.PROVEN)] * 2
    assert [side.label for side in found.reports] == ["acme 1.0", "acme 1.1"]


def test_differences_come_first(report):
    found = compare([report(GOOD), report({**GOOD, "two": {"advice": Verdict.DEVIATION}})])
    assert [check.id for check in found.checks] == ["two/advice", "one/a", "one/b"]
    assert [one.id for one in found.requirements] == ["timeouts.accuracy", "attachment.unmatched-rejected"]
    assert found.requirements[0].results == (Result.PROVEN, Result.DEVIATES)
    assert found.regressions == ()  # a recommendation is none


@pytest.mark.parametrize(
    ("old", "new", "differs", "regression"),
    [
        (Verdict.PASS, Verdict.FAIL, True, True),
        (Verdict.PASS, Verdict.XFAIL, True, True),
        (Verdict.XPASS, Verdict.FAIL, True, True),
        (Verdict.PASS, Verdict.ERROR, True, True),
        (Verdict.PASS, Verdict.NOT_RUN, True, True),
        (Verdict.PASS, Verdict.SKIP, True, False),
        (Verdict.PASS, Verdict.XPASS, False, False),
        (Verdict.FAIL, Verdict.XFAIL, False, False),
        (Verdict.FAIL, Verdict.PASS, True, False),
        (Verdict.SKIP, Verdict.FAIL, True, False),
        (Verdict.ERROR, Verdict.NOT_RUN, False, False),
    ],
)
def test_what_counts_as_a_regression(report, old, new, differs, regression):
    found = compare([report({"one": {"a": old}}), report({"one": {"a": new}})])
    assert bool(found.differences) is differs
    assert bool(found.regressions) is regression


def test_only_the_first_and_the_last_make_a_regression(report):
    good, bad = {"one": {"a": Verdict.PASS}}, {"one": {"a": Verdict.FAIL}}
    assert not compare([report(good), report(bad), report(good)]).regressions
    assert compare([report(good), report(good), report(bad)]).regressions


def test_scenarios_that_are_not_the_same_are_left_out_by_name(report):
    changed = report({**GOOD, "two": {"advice": Verdict.FAIL}}, digests={"two": "1" * 64})
    more = report({**GOOD, "three": {"c": Verdict.FAIL}})
    found = compare([report(GOOD), changed, more])
    assert found.scenarios == ("one",)
    assert {one.scenario: one.why for one in found.left_out} == {
        "two": "not the same file",
        "three": "not in every report",
    }
    assert found.left_out[0].digests == ("0" * 64, "1" * 64, "0" * 64)
    assert {check.scenario for check in found.checks} == {"one"}
    for page in (markdown.render(found), html.render(found)):
        assert "not the same file" in page
        assert "2 scenarios are not compared" in page


def test_labels_tell_reports_apart(report):
    mesh = {"name": "acme", "identity": {"version": "2.0"}}
    reports = [report(GOOD, mesh=mesh), report(GOOD, mesh=mesh), report(GOOD, mesh=mesh, run="run-1")]
    sides = compare([*reports, report(GOOD, mesh=mesh, options={"lab_defect": "weights-ignored"})]).reports
    assert [side.label for side in sides] == [
        "acme 2.0, run run-0",
        "acme 2.0, run run-1 #2",
        "acme 2.0, run run-1 #3",
        "acme 2.0 (weights-ignored)",
    ]


@settings(deadline=None)
@given(verdicts=st.lists(st.sampled_from(Verdict), min_size=1))
def test_nothing_bad_hides_behind_something_better(verdicts):
    found = result(verdicts)
    if {Verdict.FAIL, Verdict.XFAIL} & set(verdicts):
        assert found is Result.REFUTED
    elif Verdict.DEVIATION in verdicts:
        assert found is Result.DEVIATES
    elif {Verdict.ERROR, Verdict.NOT_RUN} & set(verdicts):
        assert found is Result.UNJUDGED
    elif found is Result.PROVEN:
        assert set(verdicts) <= {Verdict.PASS, Verdict.XPASS, Verdict.OBSERVED}


def test_the_schema_is_current_and_fits(report):
    assert FILE.read_text(encoding="utf-8") == text(), "run: python -m reports.compare.schema"
    Draft202012Validator.check_schema(schema())
    found = json.loads(compare([report(GOOD), report({**GOOD, "three": {"c": Verdict.FAIL}})]).model_dump_json())
    assert [error.message for error in SCHEMA.iter_errors(found)] == []
    assert not SCHEMA.is_valid({**found, "surprise": 1})
    assert Comparison.model_validate(found)


def command(capsys, *words: object) -> tuple[int, str, str]:
    status = gamma.main(["compare", *map(str, words)])
    told = capsys.readouterr()
    return status, told.out, told.err


def test_the_command_ends_with_1_where_that_is_asked_for(report, capsys, tmp_path):
    good, bad = report(GOOD).path, report({**GOOD, "one": {"a": Verdict.FAIL, "b": Verdict.PASS}}).path
    assert command(capsys, good, bad)[0] == 0
    assert command(capsys, good, bad, "--fail-on", "regression")[0] == 1
    assert command(capsys, bad, good, "--fail-on", "regression")[0] == 0
    assert command(capsys, bad, good, "--fail-on", "difference")[0] == 1
    status, told, _ = command(capsys, good, bad, "--format", "json")
    assert SCHEMA.is_valid(json.loads(told))
    status, told, _ = command(capsys, good, bad, "--format", "html", "--output", tmp_path / "compare.html")
    assert (status, told) == (0, "")
    assert "<!doctype html>" in (tmp_path / "compare.html").read_text()
    assert "- `one/a`: fail" in command(capsys, good.parent, bad.parent)[1]


def test_what_cannot_be_compared_ends_with_4(report, capsys, tmp_path):
    good = report(GOOD)
    other = report(GOOD, digests={"one": "1" * 64, "two": "2" * 64})
    assert "name two or more" in command(capsys, good.path)[2]
    assert "no scenario in common" in command(capsys, good.path, other.path)[2]
    assert command(capsys, good.path, tmp_path / "nowhere")[0] == 4
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(good.path.read_bytes()[:-1])
    status, _, told = command(capsys, good.path, cut)
    assert status == 4
    assert "cut off" in told


RELAXED = settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=30)


@RELAXED
@given(hostile=TEXT)
def test_any_text_is_text(tmp_path_factory, hostile):
    sound(tmp_path_factory.mktemp("any"), hostile)


@pytest.mark.parametrize("hostile", [ATTACK, "\x1b<b>" * 250_000])
def test_attacks_and_megabytes_are_text(tmp_path, hostile):
    pages = sound(tmp_path, hostile)
    assert max(map(len, pages)) < 200_000


def sound(directory: Path, hostile: str) -> list[str]:
    sides = []
    for number, verdict in enumerate((Verdict.PASS, Verdict.FAIL)):
        record = check("hostile", verdict, reason=hostile)
        mesh = {"name": hostile, "identity": {"version": hostile}}
        sides.append(load(write_report(directory / str(number), (record,), mesh=mesh)))
    found = compare(sides)
    pages = [markdown.render(found), html.render(found)]
    for page in pages:
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2028\ufffe]", page)
        assert "<script>alert" not in page
        assert "<img" not in page
    sound_markdown(pages[0].replace("<details>\n", "<details>\n<pre></pre>"))
    return pages
