"""What is played under which defect."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.model import Verdict
from harness.play.records import consequence
from harness.scenario.load import read_catalogue
from harness.scenario.model import Scenario
from mutants.tasks import FAST, Choice, Deck, Task, plan, shard, sparing
from spec.defects import Defect, Variation

CATALOGUE = Path(__file__).resolve().parents[3] / "scenarios"


@cache
def catalogue() -> dict[str, Scenario]:
    return read_catalogue([CATALOGUE / area for area in ("attachment", "timeouts", "filters", "status")])[0]


def defect(name: str, *kills: str, area: str = "attachment") -> Defect:
    return Defect(
        name, (f"{area}.unmatched-rejected",), "so it goes", kills or ("many-routes/unmatched-by-all-rejected",)
    )


DEFECTS = {
    one.id: one
    for one in (
        defect("first", "many-routes/x", "many-routes/y", "two-parents/z"),
        defect("second", "rule-timeout/x", area="timeouts"),
        defect("third", "partially-invalid/x", area="status"),
        *(defect(f"more-{number}") for number in range(20)),
    )
}
ALL = Choice()
VARIATIONS = {name: Variation(name, "so it goes", {}) for name in ("slow", "fast", "late")}


def planned(choice: Choice = ALL, code: str = "") -> dict[str, Task]:
    return {task.key: task for task in plan(DEFECTS, VARIATIONS, catalogue(), choice, code)}


def test_a_defect_is_played_with_the_scenarios_it_names_first_and_a_sample() -> None:
    first = planned()["defect:first"]
    assert first.scenarios[:2] == ("many-routes", "two-parents")
    assert len(first.scenarios) == 3 == len(set(first.scenarios))


def test_a_defect_begins_with_the_cheapest_scenario_and_no_check_is_left_out() -> None:
    one, two = defect("one", "dear/x", "cheap/y"), defect("two", "dear/x", "dear/z", "other/w")
    costs = {"dear": 9.0, "cheap": 1.0, "other": 2.0}
    assert sparing([one], costs) == {"one": ["cheap", "dear"]}
    assert sparing([one, two], costs) == {"one": ["cheap", "dear"], "two": ["other", "dear"]}
    assert sparing([one, defect("three", "dear/x")], costs) == {"one": ["cheap"], "three": ["dear"]}


def test_the_rest_of_what_a_defect_names_is_played_where_that_was_not_enough() -> None:
    two = {one.id: one for one in (defect("one", "many-routes/x", "two-parents/y"), defect("two", "many-routes/x"))}

    def scenarios(thorough: frozenset[str] | None) -> dict[str, int]:
        tasks = plan(two, VARIATIONS, catalogue(), Choice(sample=0, thorough=thorough))
        return {task.id: len(task.scenarios) for task in tasks if task.kind == "defect"}

    assert scenarios(frozenset()) == {"one": 1, "two": 1}
    assert scenarios(frozenset({"one"})) == scenarios(None) == {"one": 2, "two": 1}
    sparingly, thoroughly = (
        planned(replace(ALL, thorough=frozenset())),
        planned(replace(ALL, thorough=frozenset({"x"}))),
    )
    assert sparingly == thoroughly, "what is not played again stays what it was"


def test_the_same_seed_chooses_the_same() -> None:
    assert planned() == planned()
    assert planned(Choice(seed=2)) != planned()


def test_everything_that_is_played_is_played_on_a_mesh_without_fault_too() -> None:
    tasks = planned()
    controls = [name for key, task in tasks.items() if key.startswith("control:") for name in task.scenarios]
    harmless = {name for key, task in tasks.items() if key.startswith("variation:") for name in task.scenarios}
    played = {name for task in tasks.values() for name in task.scenarios}
    assert len(controls) == len(set(controls))
    assert {name for name in played - harmless if not catalogue()[name].unless} <= set(controls) <= played
    assert {name for name in played if observes(catalogue()[name])} <= set(controls)


def test_a_variation_with_excuses_is_no_control() -> None:
    excused = {name: replace(one, excused={"a/*": "because"}) for name, one in VARIATIONS.items()}
    tasks = plan(DEFECTS, excused, catalogue(), ALL)
    controls = {name for task in tasks if task.kind == "control" for name in task.scenarios}
    assert controls == {name for task in tasks for name in task.scenarios}


def observes(scenario: Scenario) -> bool:
    return any(consequence(check) is Verdict.OBSERVED for check in scenario.checks)


def test_hazards_and_meshes_that_lack_something_are_no_sample() -> None:
    tasks = planned(Choice(sample=60, wide=80))
    assert catalogue()["partially-invalid"].hazard
    assert [key for key, task in tasks.items() if "partially-invalid" in task.scenarios and "control" not in key] == [
        "defect:third"
    ]
    assert not any(catalogue()[name].unless for task in tasks.values() for name in task.scenarios)


def test_in_full_everything_is_played_under_everything() -> None:
    tasks = planned(Choice(full=True))
    everything = {name for name, one in catalogue().items() if not one.unless}
    assert all(set(tasks[key].scenarios) == everything for key in ("defect:first", "variation:slow"))


def test_some_of_each_area_are_chosen() -> None:
    tasks = planned(replace(FAST, at_most=5, variations=2))
    kinds = Counter(task.kind for task in tasks.values())
    assert (kinds["defect"], kinds["variation"]) == (5, 2)
    assert {"defect:second", "defect:third"} <= tasks.keys()


def test_globs_choose() -> None:
    assert {"defect:first", "variation:fast"} == {
        key for key in planned(Choice(only=("f*st",))) if not key.startswith("control")
    }


def test_a_result_rests_on_the_code_too() -> None:
    before, after = planned(), planned(code="another")
    assert all(before[key].digest != after[key].digest for key in before)


def test_a_result_stands_when_something_else_is_said_of_what_may_turn_red() -> None:
    before = planned()
    said = {name: replace(one, also=("two/*",), story="another") for name, one in DEFECTS.items()}
    after = plan(said, VARIATIONS, catalogue(), Choice())
    assert [task.digest for task in before.values()] == [task.digest for task in after]


@given(st.integers(0, 99), st.lists(st.integers(0, 12), max_size=30), st.sets(st.sampled_from("abcdefgh"), max_size=4))
def test_a_deck_deals_everything_as_often_and_nothing_twice_at_once(
    seed: int, counts: list[int], but: set[str]
) -> None:
    deck = Deck("abcdefgh", seed)
    dealt: Counter[str] = Counter()
    for count in counts:
        found = deck.deal(count, but)
        assert len(found) == len(set(found)) == min(count, 8 - len(but))
        assert not but & set(found)
        dealt.update(found)
    shares = [dealt[name] for name in "abcdefgh" if name not in but]
    assert max(shares) - min(shares) <= 2


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_shards_have_each_task_once(count: int) -> None:
    tasks = list(planned().values())
    parts = [shard(tasks, index, count) for index in range(1, count + 1)]
    assert sorted(task.key for part in parts for task in part) == sorted(task.key for task in tasks)
