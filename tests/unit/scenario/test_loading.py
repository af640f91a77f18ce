"""Files to objects, or to sentences that name the line, what was found and what to do."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import Problem, ScenarioError, UsageError
from harness.scenario import load_catalogue, load_file
from harness.scenario.load import parse_scenario, read_catalogue
from harness.scenario.model import VERBS, Apply, Await, Hold, Mix

from .spoil import CATALOGUE, GOOD, Edit, edited, good, line_of, load_problems


def test_the_good_scenario_loads_with_all_its_parts() -> None:
    scenario = good()
    assert (scenario.id, scenario.area, len(scenario.checks)) == ("good", "examples", 6)
    assert [type(step).__name__ for step in scenario.steps] == [
        *("Apply", "Await", "Apply", "Await", "Hold", "Mix", "Delete", "Await", "Hold")
    ]
    assert list(scenario.outcomes) == ["timed-out", "rejected", "v2", "direct"]


def test_every_object_knows_its_line() -> None:
    scenario = good()
    assert scenario.mark.line == line_of(GOOD, "scenario: good")
    assert scenario.probes["slow"].mark.line == line_of(GOOD, "slow:    {")
    assert scenario.outcomes["v2"].mark.line == line_of(GOOD, "v2:        {")
    assert scenario.checks[1].mark.line == line_of(GOOD, "check: unknown-rejected")
    assert scenario.steps[2].mark.line == line_of(GOOD, "- apply: route")


def test_fields_of_manifests_know_their_line_too() -> None:
    scenario = good()
    place = ("manifests", "route", 0, "spec", "rules", 1, "timeouts", "request")
    assert scenario.at(*place).line == line_of(GOOD, "request: 500ms")
    assert scenario.at(*place, "nothing", 7) == scenario.at(*place)
    column = "            timeouts: {request".index("request") + 1
    assert scenario.at(*place).column == column


def test_objects_made_in_code_stand_nowhere() -> None:
    assert str(Apply(apply="x").mark) == "<built in code>:0"


def test_the_digest_is_that_of_the_file() -> None:
    path = CATALOGUE / "examples" / "good.yaml"
    assert load_file(path).digest == hashlib.sha256(path.read_bytes()).hexdigest()


MISTAKES: list[tuple[Edit, str, str, str]] = [
    # edit, fragment of the line, words of the text, words of the fix
    (("probe: known", "prob: known"), "prob: known", "unknown key 'prob' in step 5, check 1", "did you mean 'probe'?"),
    (("title:", "titel:"), "titel:", "unknown key 'titel'", "'title'?"),
    (("{backend: echo-v2}", "{bakend: echo-v2}"), "bakend", "unknown key 'bakend' in outcome v2", "'backend'?"),
    (("after: 500ms", "afte: 500ms"), "afte:", "unknown key 'afte' in outcome timed-out, timedOut", "'after'?"),
    (("- apply: services", "- apply: services\n    fnece: [producer]"), "fnece", "unknown key 'fnece'", "'fence'?"),
    (("  - mix: {probe: split", "  - mix: {prob: split"), "prob: split", "'prob' in step 6, mix", "'probe'?"),
    (("hold: 2s", "hodl: 2s"), "hodl: 2s", "step 5 has no verb, but hodl, checks", "apply, delete, await, hold, mix"),
    (("  - hold: 2s\n", "  - hold: 2s\n    mix: {}\n"), "hold: 2s", "step 5 has the verbs hold and mix", "exactly one"),
    (("  - delete: route", "  - route"), "  - route", "step 7 is no mapping", "a step has one of the keys"),
    (("hold: 2s", "hold: 2"), "hold: 2", "step 5, hold is 2", "a duration has a unit"),
    (("hold: 2s", "hold: 2 s"), "hold: 2 s", "step 5, hold is '2 s'", "write it like 500ms"),
    (("hold: 2s", "hold:"), "hold:", "step 5, hold has no value", "give it one"),
    (("[timeouts.request-504]", "timeouts.request-504"), "proves: timeouts", "check 3, proves is 'timeouts", "a list"),
    (("[timeouts.request-504]", "[]"), "proves: []", "proves is empty", "give at least one"),
    (("expect: v2", "expect: 2"), "expect: 2", "expect is 2", "the name of an outcome or, in a mix, the shares"),
    (("expect: v2", "expect: {v2: most}"), "most", "expect, v2 is 'most'", "write a number"),
    (("rejected: [404]", "rejected: [not-found]"), "not-found", "rejected[0] is 'not-found'", "a whole number"),
    (("rejected: [404]", "rejected: 40"), "rejected: 40", "rejected is 40", "at least 100"),
    (("from: consumer", "from: []"), "from: []", "probe known, from is empty", "give at least one"),
    (("{from: consumer, ", "{"), "known:   {", "probe known lacks the key 'from'", "add it"),
    (("detects: 5", "detects: 99"), "detects: 99", "mix, detects is 99", "at most 50"),
    (("detects: 5", "detects: few"), "detects: few", "mix, detects is 'few'", "write a number"),
    (("{x-gamma-echo-delay: 2s}", "{x-n: 2}"), "x-n: 2", "headers, x-n is 2", "in quotes"),
    (('/split"}', '/split", method: get}'), "method: get", "method is 'get'", "capitals"),
    (('/split"}', '/split", over: many}'), "over: many", "over is 'many'", "'fresh' or 'one'"),
    (('/split"}', '/split", protocol: http9}'), "http9", "protocol is 'http9'", "'http1'"),
    (("title: A scenario", "since: 1.4\ntitle: A scenario"), "since: 1.4", "since is 1.4", "a text"),
    (("title: A scenario", "since: newest\ntitle: A scenario"), "newest", "since is 'newest'", "like v1.4"),
    (("title: A scenario", "hazard: maybe\ntitle: A scenario"), "maybe", "hazard is 'maybe'", "true or false"),
    (("scenario: good", "scenario: Good One"), "Good One", "scenario is 'Good One'", "lower-case"),
    (("  v2:   ", "  V_2:   "), "V_2:", "outcome V_2 is 'V_2'", "lower-case"),
    (("steps:\n", "steps: none\nmore:\n"), "steps: none", "steps is 'none'", "a list"),
    (("  services:\n", "  services: all\n  rest:\n"), "services: all", "manifests, services is 'all'", "a list"),
]


@pytest.mark.parametrize(("edit", "fragment", "words", "fix"), MISTAKES, ids=[mistake[2] for mistake in MISTAKES])
def test_a_mistake_is_told_with_line_and_remedy(edit: Edit, fragment: str, words: str, fix: str) -> None:
    text = edited(edit)
    problems = load_problems(text)
    told = [(problem.mark.line, problem.text, problem.fix) for problem in problems]
    first = told[0]
    assert first[0] == line_of(text, fragment), told
    assert words in first[1]
    assert fix in first[2]


def test_one_mistake_is_one_problem() -> None:
    for edit, *_ in MISTAKES:
        if "steps: none" not in edit[1] and "services: all" not in edit[1]:
            assert len(load_problems(edited(edit))) == 1, edit


def test_all_mistakes_of_a_file_are_told_in_the_order_of_lines() -> None:
    text = edited(("title:", "titel:"), ("hold: 2s", "hold: 2"), ("{backend: echo-v2}", "{bakend: echo-v2}"))
    lines = [problem.mark.line for problem in load_problems(text)]
    assert lines == [line_of(text, "titel"), line_of(text, "bakend"), line_of(text, "hold: 2")]


BROKEN = [
    ("", "the file is empty"),
    ("just a text", "a scenario is a mapping"),
    ("a: [1, 2", "not valid YAML"),
    ("a: b: c", "mapping values are not allowed"),
    ("a: 1\n---\nb: 2", "expected a single document"),
    ("a:\n\t- b", "not valid YAML"),
    ("a: 1\na: 2", "duplicate key 'a': it stands in line 1 already"),
    ("a: &x 1\nb: *x", "alias *x"),
    ("a: !!python/name:os.system x", "tag tag:yaml.org,2002:python/name"),
    ("? [a]\n: b", "a key that is no word"),
    ("[" * 3000, "nested more than 60 levels deep"),
    ("a: \x00", "not valid YAML"),
]


@pytest.mark.parametrize(("text", "words"), BROKEN, ids=[words for _, words in BROKEN])
def test_what_is_no_scenario_at_all_is_a_problem(text: str, words: str) -> None:
    problems = load_problems(text)
    assert words in problems[0].text
    assert problems[0].mark.file == "examples/good.yaml"


@pytest.mark.parametrize("word", ["on", "yes", "No", "0755", "0x1f", "1:30", "2001-01-01", "1e3", ".5", "1_000", "+1"])
def test_words_that_yaml_takes_for_something_else_stay_words(word: str) -> None:
    scenario = good(("{x-gamma-echo-delay: 2s}", f"{{x-word: {word}}}"))
    assert scenario.probes["slow"].headers["x-word"] == (word,)


def test_keys_stay_words_too() -> None:
    scenario = good(("{x-gamma-echo-delay: 2s}", "{on: x, 404: y}"))
    assert scenario.probes["slow"].headers == {"on": ("x",), "404": ("y",)}


def test_numbers_of_manifests_stay_numbers() -> None:
    port = good().manifests["services"][0]["spec"]["ports"][0]
    assert (port["port"], port["targetPort"]) == (80, 8080)


def _catalogue(root: Path, **files: str) -> Path:
    for name, text in files.items():
        file = root / "area" / f"{name}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def test_a_catalogue_tells_the_problems_of_all_files_at_once(tmp_path: Path) -> None:
    root = _catalogue(tmp_path, a=edited(("title:", "titel:")), b="a: b: c", c=GOOD)
    with pytest.raises(ScenarioError) as caught:
        load_catalogue([root])
    assert [Path(problem.mark.file).name for problem in caught.value.problems] == ["a.yaml", "b.yaml"]
    assert caught.value.exit_status == 4
    assert "a.yaml:3: unknown key 'titel'" in str(caught.value)


def test_a_duplicate_scenario_name_is_told_with_both_places(tmp_path: Path) -> None:
    root = _catalogue(tmp_path, first=GOOD, second=GOOD)
    with pytest.raises(ScenarioError) as caught:
        load_catalogue([root])
    (problem,) = caught.value.problems
    assert problem.mark.file.endswith("second.yaml")
    assert problem.mark.line == 2
    assert "duplicate scenario name 'good'" in problem.text
    assert "first.yaml" in problem.text


def test_the_area_is_the_folder_and_the_order_is_theirs(tmp_path: Path) -> None:
    for area, name in (("zoo", "a"), ("ape", "b"), ("ape", "a")):
        (tmp_path / area).mkdir(exist_ok=True)
        text = edited(("scenario: good", f"scenario: {area}-{name}"))
        (tmp_path / area / f"{name}.yaml").write_text(text, encoding="utf-8")
    catalogue = load_catalogue([tmp_path])
    assert {name: scenario.area for name, scenario in catalogue.items()} == {
        "ape-a": "ape",
        "ape-b": "ape",
        "zoo-a": "zoo",
    }
    assert list(catalogue) == ["ape-a", "ape-b", "zoo-a"]


def test_files_that_would_not_be_read_are_told(tmp_path: Path) -> None:
    root = _catalogue(tmp_path, a=GOOD)
    (root / "lonely.yaml").write_text(GOOD, encoding="utf-8")
    (root / "area" / "short.yml").write_text(GOOD, encoding="utf-8")
    _, problems = read_catalogue([root])
    assert sorted(Path(problem.mark.file).name for problem in problems) == ["lonely.yaml", "short.yml"]
    assert {problem.text for problem in problems} == {"this file is not read"}


def test_a_directory_without_scenarios_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no scenario in"):
        load_catalogue([tmp_path])
    with pytest.raises(UsageError, match="there is no"):
        load_catalogue([tmp_path / "nowhere"])


def test_a_file_that_is_no_text_is_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError, match="cannot be read"):
        load_file(file)


def _complete(problems: list[Problem]) -> bool:
    return bool(problems) and all(problem.mark.line >= 1 and problem.text for problem in problems)


@settings(max_examples=60)
@given(st.text())
def test_no_text_crashes_the_loader(text: str) -> None:
    scenario, problems = parse_scenario(text, "x.yaml")
    assert scenario is not None or _complete(problems)


_WORDS = st.sampled_from([*VERBS, "checks", "check", "probe", "expect", "from", "url", "5", "a b", "other", "backend"])
_TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS | st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
_SECTIONS = ("scenario", "title", "why", "manifests", "probes", "outcomes", "steps", "unless", "since")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(_SECTIONS), _TREES)
def test_no_content_crashes_the_loader(section: str, tree: object) -> None:
    document = yaml.safe_load(GOOD) | {section: tree}
    scenario, problems = parse_scenario(yaml.safe_dump(document, allow_unicode=True), "x.yaml")
    assert scenario is not None or _complete(problems)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_damage_to_a_good_file_crashes_the_loader(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(len(GOOD), start + 40)))
    text = GOOD[:start] + data.draw(st.text(alphabet="{}[]:,-#&*!|>'\"% \n\tab0", max_size=6)) + GOOD[end:]
    scenario, problems = parse_scenario(text, "x.yaml")
    assert scenario is not None or _complete(problems)


def test_steps_of_every_verb_keep_their_fields() -> None:
    steps = good().steps
    assert isinstance(steps[1], Await)
    assert steps[1].await_["slow"] == "direct"
    assert isinstance(steps[4], Hold)
    assert steps[4].hold == 2.0
    assert isinstance(steps[5], Mix)
    assert steps[5].checks[0].expect == {"v2": 70, "direct": 30}
