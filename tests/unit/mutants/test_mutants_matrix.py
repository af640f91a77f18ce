"""From findings to the matrix, its page and its figures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.evidence.model import CheckRecord, Kind, Verdict
from mutants import figures, heatmap
from mutants.findings import Finding, failed, finding
from mutants.journal import FILE, Journal, add, known, left, unobserved
from mutants.matrix import Matrix, as_json, matrix, open_defects
from mutants.tasks import Task
from spec.defects import Defect, Variation

DEFECTS = {
    "a": Defect("a", ("attachment.x",), "story", ("one/x", "one/y"), ("two/*",)),
    "b": Defect("b", ("timeouts.x",), "story", ("two/x",)),
    "c": Defect("c", ("timeouts.x",), "story", ("two/y",), over="all requests are slow"),
}
VARIATIONS = {"v": Variation("v", "story", {"two/y": "may be a deviation"}), "w": Variation("w", "story", {})}
ABOUT: dict[str, Any] = {
    "date": "2026-01-01",
    "suite_version": "1",
    "played": "named",
    "seed": 1,
    "time_scale": 0.1,
    "labs": 3,
    "cores": 2,
    "seconds": 600,
    "plays": 12,
    "cells": 3456,
}


def record(check: str, verdict: str, **more: Any) -> CheckRecord:
    scenario, _, name = check.partition("/")
    return CheckRecord(id=check, scenario=scenario, check=name, file="f", line=1, verdict=Verdict(verdict), **more)


def task(key: str) -> Task:
    kind, _, name = key.partition(":")
    return Task(kind, name, ("one", "two"), "digest", 1.0)  # type: ignore[arg-type]


def found(key: str, **verdicts: str) -> Finding:
    """``one_x="fail"``; everything else passes."""
    given = {"one/x": "pass", "one/y": "pass", "two/x": "pass", "two/y": "pass"}
    given |= {name.replace("_", "/"): verdict for name, verdict in verdicts.items()}
    return finding(task(key), [record(check, verdict) for check, verdict in given.items()], 1.0)


def judged(*findings: Finding, planned: tuple[str, ...] = (), **more: Any) -> Matrix:
    by_key = {one.key: one for one in findings}
    return matrix(by_key, planned or tuple(by_key), DEFECTS, VARIATIONS, about=ABOUT, **more)


GOOD = (
    found("defect:a", one_x="fail", one_y="deviation", two_x="fail"),
    found("defect:b", two_x="fail"),
    found("defect:c", two_y="fail"),
    found("variation:v", two_y="deviation"),
    found("variation:w"),
    found("control:none-1"),
)


def test_all_that_is_promised() -> None:
    result = judged(*GOOD)
    assert result.holds
    assert result.last_line == "3 of 3 defects killed, 0 idle checks, 2 of 2 variations clean"
    assert [row.killed_by for row in result.rows] == [("one/x", "one/y"), ("two/x",), ("two/y",)]


@pytest.mark.parametrize(
    ("instead", "line"),
    [
        (found("defect:b"), "2 of 3 defects killed, 1 idle checks, 2 of 2 variations clean"),
        (found("defect:b", one_x="fail"), "2 of 3 defects killed, 1 idle checks, 2 of 2 variations clean"),
        (found("defect:b", two_x="error"), "2 of 3 defects killed, 1 idle checks, 2 of 2 variations clean"),
        (found("defect:a", one_x="fail"), "3 of 3 defects killed, 1 idle checks, 2 of 2 variations clean"),
        (found("variation:v", two_x="deviation"), "3 of 3 defects killed, 0 idle checks, 1 of 2 variations clean"),
        (found("variation:w", two_y="deviation"), "3 of 3 defects killed, 0 idle checks, 1 of 2 variations clean"),
        (found("variation:w", two_y="not-run"), "3 of 3 defects killed, 0 idle checks, 1 of 2 variations clean"),
        (found("variation:w", two_y="error"), "3 of 3 defects killed, 0 idle checks, 1 of 2 variations clean"),
        (failed(task("variation:w"), "no lab", 1.0), "3 of 3 defects killed, 0 idle checks, 1 of 2 variations clean"),
        (failed(task("defect:b"), "no lab", 1.0), "2 of 3 defects killed, 1 idle checks, 2 of 2 variations clean"),
        (
            found("defect:b", two_x="fail", one_x="fail"),
            "3 of 3 defects killed, 0 idle checks, 2 of 2 variations clean",
        ),
        (found("control:none-1", two_x="error"), "2 of 3 defects killed, 1 idle checks, 2 of 2 variations clean"),
    ],
    ids=str,
)
def test_what_does_not_hold(instead: Finding, line: str) -> None:
    result = judged(*(instead if one.key == instead.key else one for one in GOOD))
    assert result.last_line == line
    assert not result.holds


def test_more_is_played_of_what_survived_and_of_what_names_an_idle_check() -> None:
    assert open_defects(judged(*GOOD), DEFECTS) == frozenset()
    survived = (found("defect:c") if one.key == "defect:c" else one for one in GOOD)
    assert open_defects(judged(*survived), DEFECTS) == {"c"}
    half = (found("defect:a", one_x="fail") if one.key == "defect:a" else one for one in GOOD)
    assert open_defects(judged(*half), DEFECTS) == {"a"}, "one/y was red under no defect"


def test_what_was_wrong_on_the_correct_mesh_kills_nothing() -> None:
    result = judged(*GOOD[:-1], found("control:none-1", two_x="fail"))
    assert [row.id for row in result.survivors] == ["b"]


def test_an_observation_that_is_another_on_the_correct_mesh_too_says_nothing() -> None:
    checks = [record("one/x", "observed", kind=Kind.WRONG), record("two/x", "fail")]
    control = finding(task("control:none-1"), checks[:1], 1.0)
    result = judged(found("defect:b", two_x="fail"), control)
    assert result.controls[0].clean
    by_chance = judged(finding(task("defect:b"), checks, 1.0), control)
    assert by_chance.over_killers == ()
    assert judged(finding(task("defect:b"), checks, 1.0)).over_killers


def test_over_killers_explain_themselves_and_are_few() -> None:
    explained = found("defect:c", two_y="fail", one_x="fail")
    assert judged(*GOOD[:2], explained, *GOOD[3:]).holds
    many = {f"d{number}": Defect(f"d{number}", ("a.b",), "story", ("one/x",)) for number in range(40)}
    findings = [found(f"defect:{name}", one_x="fail") for name in many]
    by_key = {one.key: one for one in (*findings, explained)}
    result = matrix(by_key, list(by_key), {**many, **DEFECTS}, VARIATIONS)
    assert [row.id for row in result.over_killers] == ["c"]
    assert result.holds
    two = {name: Defect(name, ("a.b",), "story", ("one/x",), over="why") for name in ("e", "f")}
    both = {
        one.key: one
        for one in (found("defect:e", one_x="fail", one_y="fail"), found("defect:f", one_x="fail", one_y="fail"))
    }
    assert not matrix(both, list(both), two, VARIATIONS).holds
    unexplained = {**many, "c": Defect("c", ("a.b",), "story", ("two/y",))}
    assert not matrix(by_key, list(by_key), unexplained, VARIATIONS).holds


def test_a_check_that_no_defect_names_is_idle() -> None:
    assert judged(*GOOD, checks=("one/x", "three/x")).idle_checks == ("three/x",)


def test_what_was_not_played_does_not_hold() -> None:
    result = judged(*GOOD, planned=(*(one.key for one in GOOD), "variation:late"))
    assert result.missing == ("variation:late",)
    assert not result.holds


def test_an_observation_is_red_where_it_saw_another_outcome() -> None:
    checks = [record("one/x", "observed", kind=Kind.WRONG, reason="so"), record("one/y", "observed")]
    assert finding(task("defect:a"), checks, 1.0).red == {"one/x": "wrong: so"}


class TestTheJournal:
    def test_keeps_what_was_found(self, tmp_path: Path) -> None:
        for one in GOOD:
            Journal(tmp_path).add(one)
        assert Journal(tmp_path).read() == list(GOOD)

    def test_goes_on_after_a_line_that_was_cut_off(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path)
        journal.add(GOOD[0])
        with (tmp_path / FILE).open("a") as file:
            file.write('{"kind": "defe')
        assert journal.read() == [GOOD[0]]
        journal.add(GOOD[1])
        assert journal.read() == list(GOOD[:2])

    def test_what_rests_on_other_code_or_was_not_played_counts_for_nothing(self) -> None:
        tasks = [task("defect:a"), task("defect:b"), task("defect:c")]
        old = Finding("defect", "a", "other", 1.0)
        assert known(tasks, [old, GOOD[1], failed(tasks[2], "no lab", 1.0)]) == {"defect:b": GOOD[1]}

    def test_what_is_known_of_a_scenario_holds_whatever_else_is_played(self) -> None:
        """Scenarios come and go between runs; the later finding counts where there are two of the same."""
        wanted = Task("defect", "a", ("two", "three"), "digest", 6.0)
        first = finding(wanted, [record("one/x", "pass"), record("two/x", "fail"), record("two/y", "pass")], 1.0)
        assert known([wanted], [first])["defect:a"].verdicts == {"two/x": "fail", "two/y": "pass"}
        assert left([wanted], known([wanted], [first])) == [replace(wanted, scenarios=("three",), seconds=3.0)]

        later = finding(wanted, [record("two/x", "pass"), record("three/x", "fail", reason="late")], 2.0)
        both = known([wanted], [first, later])
        assert both["defect:a"].verdicts == {"two/x": "pass", "three/x": "fail"}
        assert both["defect:a"].red == {"three/x": "late"}
        assert both["defect:a"].seconds == 3.0
        assert left([wanted], both) == []

    def test_of_what_is_not_known_everything_is_left(self) -> None:
        tasks = [task("defect:a"), task("defect:b")]
        of_others = finding(tasks[0], [record("five/x", "pass")], 1.0)
        assert known(tasks, [of_others]) == {}
        assert left(tasks, {}) == tasks

    def test_what_could_not_be_observed_is_looked_at_again(self) -> None:
        """But not what was not begun, as nothing was expected of it any more."""
        tasks = [task("defect:a"), task("defect:b"), task("variation:v")]
        given = {one.key: one for one in (found("defect:a", one_x="error"), found("defect:b", two_x="not-run"))}
        assert unobserved(tasks, given) == [replace(tasks[0], scenarios=("one",), seconds=0.5)]

    def test_a_task_that_failed_when_it_went_on_says_so(self) -> None:
        found = {"defect:b": GOOD[1]}
        add(found, failed(task("defect:b"), "no lab", 1.0))
        assert (found["defect:b"].failed, found["defect:b"].verdicts) == ("no lab", GOOD[1].verdicts)


def test_the_file_says_it_all() -> None:
    content = json.loads(json.dumps(as_json(judged(*GOOD[1:], found("defect:a", two_x="fail")))))
    assert content["killed"] == ["b", "c"]
    assert content["survivors"] == ["a"]
    assert content["idle_checks"] == ["one/x", "one/y"]
    assert content["defects"]["b"]["killed_by"] == ["two/x"]
    assert content["defects"]["b"]["verdicts"]["one/x"] == "pass"
    assert content["variations"]["v"]["clean"]
    assert content["summary"]["killed"] == 2


def test_the_page_shows_each_defect_and_escapes_what_it_shows() -> None:
    bad = finding(task("defect:b"), [record("two/x", "fail", reason="<script>")], 1.0)
    page = heatmap.render(judged(GOOD[0], bad, *GOOD[2:]), {"one": "attachment", "two": "timeouts"})
    assert "<script>:" not in page
    assert page.count('<rect class="killer"') == 4
    assert page.count('<rect class="also"') == 1
    assert "http" not in page.replace("http://www.w3.org", "").replace('http-equiv="Content-Security-Policy"', "")


def test_neighbours_that_stayed_right_are_one() -> None:
    drawn = heatmap.draw(judged(*GOOD), {})
    (line,) = [one for one in drawn.lines if one.id == "c"]
    assert [cell.role for cell in line.cells] == ["right", "killer"]
    assert drawn.width == drawn.label + 3 * 4


def test_the_document_has_the_figures_of_the_last_runs() -> None:
    text = figures.DOCUMENT.read_text(encoding="utf-8")
    assert figures.filled(text, figures.kept()) == text, "python -m mutants.figures"


def test_runs_of_both_kinds_stand_side_by_side() -> None:
    named = as_json(judged(*GOOD))["summary"]
    full = {**named, "played": "full", "plays": 98_765}
    lines = figures.table([named, full]).splitlines()
    assert lines[0] == "|  | `tox -e mutants` | full matrix |"
    assert {line.count("|") for line in lines} == {4}
    assert any("98,765" in line for line in lines)


def test_a_part_of_the_matrix_has_no_place_in_the_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fast = {"summary": {**as_json(judged(*GOOD))["summary"], "played": "fast"}}
    (tmp_path / "matrix.json").write_text(json.dumps(fast))
    assert figures.main([str(tmp_path / "matrix.json")]) == 1
    assert "played fast" in capsys.readouterr().err


def test_a_document_without_a_place_for_figures_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        figures.filled("# Proof", [as_json(judged(*GOOD))["summary"]])
