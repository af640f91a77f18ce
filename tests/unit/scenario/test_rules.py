"""Each rule of lint: a good scenario with one mistake, and the problem with its line, words and remedy."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import Problem
from harness.scenario.lint import lint
from harness.scenario.load import parse_scenario
from harness.scenario.rules import CATALOGUE_RULES, SCENARIO_RULES

from .mistakes import BASELINE, CASES, KNOWN
from .spoil import GOOD, Edit, edited, line_of, lint_problems


@pytest.mark.parametrize(
    ("rule", "edits", "fragment", "words", "fix"), CASES, ids=[f"{case[0]}: {case[3][:40]}" for case in CASES]
)
def test_a_rule_finds_its_mistake(rule: str, edits: list[Edit], fragment: str, words: str, fix: str) -> None:
    text = edited(*edits)
    problems = [problem for problem in lint_problems(text) if problem.rule == rule]
    fitting = [problem for problem in problems if words in problem.text and fix in problem.fix]
    assert fitting, [str(problem) for problem in lint_problems(text)]
    if fragment:
        assert fitting[0].mark.line == line_of(text + "\n", fragment.strip("\n"))
    assert fitting[0].mark.file == "examples/good.yaml"


def test_nothing_is_wrong_with_the_good_scenario() -> None:
    assert [str(problem) for problem in lint_problems(GOOD)] == []


def test_every_rule_has_a_case() -> None:
    assert {case[0] for case in CASES} | {"ownership"} == {*SCENARIO_RULES, *CATALOGUE_RULES}


def test_a_short_file_is_told() -> None:
    text = (
        "\n".join(GOOD.splitlines()[:1])
        + "\n"
        + yaml.safe_dump(yaml.safe_load(GOOD), default_flow_style=True, width=10**6)
    )
    problems = [problem for problem in lint_problems(text) if problem.rule == "file"]
    assert any("lines: a scenario has 40 to 160" in problem.text for problem in problems)


def test_a_file_is_named_like_its_scenario() -> None:
    scenario, _ = parse_scenario(GOOD, "examples/other.yaml", "examples")
    assert scenario is not None
    (problem,) = lint({"good": scenario})
    assert (problem.mark.line, problem.text) == (2, "the scenario 'good' stands in other.yaml")
    assert problem.fix == "name the file good.yaml"


OTHER = (
    GOOD.replace("scenario: good", "scenario: other")
    .replace("name: good", "name: other")
    .replace("//good.", "//other.")
)


def test_two_scenarios_with_names_of_their_own_are_clean() -> None:
    assert [str(problem) for problem in lint_problems(GOOD, OTHER)] == []


def test_an_object_belongs_to_one_scenario() -> None:
    text = OTHER.replace("metadata: {name: other-v2", "metadata: {name: good-v2", 1)
    problems = [problem for problem in lint_problems(GOOD, text) if problem.rule == "ownership"]
    (problem,) = problems
    assert problem.mark.file == "examples/other.yaml"
    assert problem.mark.line == line_of(text, "metadata: {name: good-v2")
    assert problem.text == "Service/gamma-producer/good-v2 belongs to the scenario good (examples/good.yaml)"
    assert "other" in problem.fix


def test_a_probe_of_a_foreign_service_is_told() -> None:
    text = OTHER.replace("//other.gamma-producer/split", "//good.gamma-producer/split")
    problems = [problem for problem in lint_problems(GOOD, text) if problem.rule == "destinations"]
    (problem,) = problems
    assert problem.mark.line == line_of(text, '/split"')
    assert problem.text.startswith("foreign Service name: good.gamma-producer belongs to the scenario good")


def test_a_route_on_a_foreign_service_is_told() -> None:
    text = OTHER.replace(
        "{name: other-v2, namespace: gamma-producer, port: 80}]",
        "{name: good-v2, namespace: gamma-producer, port: 80}]",
        1,
    )
    problems = [problem for problem in lint_problems(GOOD, text) if problem.rule == "route-references"]
    (problem,) = problems
    assert problem.mark.line == line_of(text, "{name: good-v2")
    assert "foreign Service name: good-v2.gamma-producer belongs to the scenario good" in problem.text


def test_a_backend_meant_to_be_missing_says_so() -> None:
    text = edited(
        (
            "- {name: good, namespace: gamma-producer, port: 80, weight: 30}",
            "- {name: good-missing, port: 80, weight: 30}",
        )
    )
    assert [problem for problem in lint_problems(text) if problem.rule == "route-references"] == []


def test_a_kept_outcome_needs_a_witness_of_its_own_client_only() -> None:
    extra = '\n  plain: {from: consumer, url: "http://good-v2.gamma-producer/"}'
    check = (
        "      - check: plain-kept\n        proves: [attachment.no-route-default]\n"
        "        probe: plain\n        expect: v2\n  - mix:"
    )
    text = edited((KNOWN, KNOWN + extra), (BASELINE, BASELINE[:-1] + ", plain: v2}"), ("  - mix:", check))
    assert [str(problem) for problem in lint_problems(text)] == []


def test_a_fast_request_under_a_short_timeout_may_be_a_witness() -> None:
    text = edited(
        (KNOWN, KNOWN + '\n  quick: {from: consumer, url: "http://good.gamma-producer/limited"}'),
        ("await: {known: v2}", "await: {known: v2, quick: v2}"),
    )
    assert [str(problem) for problem in lint_problems(text)] == []


def test_problems_come_by_file_and_line_and_once() -> None:
    text = edited(("hold: 2s", "hold: 1s"), ("scenario: good", "scenario: goods"), ("probe: slow", "probe: slwo"))
    problems = lint_problems(text)
    places = [(problem.mark.file, problem.mark.line, problem.mark.column) for problem in problems]
    assert places == sorted(places)
    assert len(problems) == len(set(problems))


def test_rules_can_be_added() -> None:
    scenario, _ = parse_scenario(GOOD, "examples/good.yaml", "examples")
    assert scenario is not None
    found = lint({"good": scenario}, {"loud": lambda one: [Problem(one.mark, "too quiet")]}, {})
    assert [(problem.rule, problem.text) for problem in found] == [("loud", "too quiet")]


_VALUES = (
    st.none() | st.integers(-2, 9) | st.text("ab/:{[", max_size=4) | st.lists(st.just({}), max_size=2) | st.just({})
)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_manifest_crashes_lint(data: st.DataObject) -> None:
    document = yaml.safe_load(GOOD)
    node = data.draw(st.sampled_from([*document["manifests"]["services"], *document["manifests"]["route"]]))
    for _ in range(data.draw(st.integers(0, 7))):
        if isinstance(node, dict) and node:
            inner = node[data.draw(st.sampled_from(sorted(node)))]
        elif isinstance(node, list) and node:
            inner = node[0]
        else:
            break
        if not isinstance(inner, dict | list):
            break
        node = inner
    if isinstance(node, dict):
        key = data.draw(st.sampled_from([*sorted(node), "spec", "x"]))
        node[key] = data.draw(_VALUES)
    elif isinstance(node, list):
        node[:] = [data.draw(_VALUES)]
    scenario, problems = parse_scenario(yaml.safe_dump(document), "examples/good.yaml")
    assert scenario is not None or problems
    if scenario is not None:
        lint({scenario.id: scenario})
