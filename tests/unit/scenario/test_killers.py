"""Lint between the catalogue and the defects."""

from __future__ import annotations

from pathlib import Path

from harness.scenario.basics import Mark
from harness.scenario.killers import in_files, problems
from harness.scenario.model import Scenario
from spec.defects import Defect, Variation

from .spoil import good


def catalogue() -> dict[str, Scenario]:
    scenario = good()
    return {scenario.id: scenario}


def checks() -> list[str]:
    return [f"{scenario.id}/{check.id}" for scenario in catalogue().values() for check in scenario.checks]


def told(*defects: Defect, variations: tuple[Variation, ...] = (), every: bool = False) -> list[str]:
    by_id = {one.id: one for one in defects}
    found = problems(
        catalogue(),
        by_id,
        {one.id: one for one in variations},
        lambda entry, check: Mark(f"{entry}:{check}", 1),
        every=every,
    )
    return [f"{problem.text} {problem.fix}" for problem in found]


def defect(*kills: str, also: tuple[str, ...] = ()) -> Defect:
    return Defect("d", ("a.b",), "story", kills, also)


def test_all_is_well() -> None:
    assert told(defect(*checks()), every=True) == []


def test_a_defect_names_checks_that_exist() -> None:
    (text,) = told(defect(checks()[0] + "x"))
    assert text == f"d names {checks()[0]}x: unknown did you mean {checks()[0]!r}?"


def test_globs_match_something() -> None:
    excused = Variation("v", "story", {"nowhere/*": "because"})
    found = told(defect(*checks(), also=("x/*",)), variations=(excused,))
    assert [text.partition(" correct")[0] for text in found] == [
        "d: no check matches x/*",
        "v: no check matches nowhere/*",
    ]


def test_each_check_is_named_where_that_is_demanded() -> None:
    first, *others = checks()
    assert told(defect(first)) == []
    assert [text.split()[3] for text in told(defect(first), every=True)] == others


def test_a_problem_has_its_place(tmp_path: Path) -> None:
    file = tmp_path / "timeouts.yaml"
    file.write_text("- id: a\n  kills: [x/y]\n- id: b\n  kills:\n    - x/y\n    - x/z\n- id: c\n")
    place = in_files([file])
    assert [place("b", "x/z").line, place("b", "q/q").line, place("a", "x/y").line] == [6, 3, 2]
    assert place("missing", "x/y").line == 1
