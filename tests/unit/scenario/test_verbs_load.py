"""All verbs and fields of the format: they load as written, and their mistakes are told with line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from harness.errors import Problem
from harness.scenario import yamltree
from harness.scenario.load import parse_scenario
from harness.scenario.model import VERBS, Condition, Join, PatchStatus, Scenario, Status, StatusCheck
from harness.scenario.prefix import with_prefix
from harness.scenario.schema import schema

TEXT = (Path(__file__).parent / "verbs.yaml").read_text(encoding="utf-8")


def loaded(*edits: tuple[str, str]) -> tuple[Scenario | None, list[Problem]]:
    text = TEXT
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return parse_scenario(text, "examples/verbs.yaml", "examples")


def good() -> Scenario:
    scenario, problems = loaded()
    assert scenario is not None, [str(problem) for problem in problems]
    return scenario


def test_every_verb_loads() -> None:
    scenario = good()
    assert {type(step) for step in scenario.steps} == set(VERBS.values())
    assert len(scenario.checks) == len({check.id for check in scenario.checks})


def test_the_schema_accepts_it_too() -> None:
    errors = [error.message for error in Draft202012Validator(schema()).iter_errors(yamltree.parse(TEXT, "x").data)]
    assert errors == []


def test_conditions_may_be_written_short_and_without_quotes() -> None:
    (status,) = [step for step in good().steps if isinstance(step, Status)]
    accepted, missing = status.checks[0], status.checks[1]
    assert {name: _plain(one) for name, one in accepted.conditions.items()} == {
        "Accepted": ("True", None, None),
        "ResolvedRefs": ("False", ("BackendNotFound",), ("missing",)),
        "PartiallyInvalid": ("absent", None, None),
    }
    assert _plain(missing.notConditions["Accepted"]) == ("True", None, None)
    assert (accepted.negative, missing.negative) == (False, True)


def _plain(condition: Condition) -> tuple[object, object, object]:
    return condition.status, condition.reason, condition.messageHas


def test_probes_and_outcomes_have_the_new_fields() -> None:
    scenario = good()
    probes, outcomes = scenario.probes, scenario.outcomes
    assert (probes["call"].protocol, probes["call"].messages, probes["second"].over) == ("grpc", 3, 4)
    assert (probes["second"].shares, probes["sticky"].carry) == ("first", "cookies")
    assert outcomes["unknown"].rejected == ("UNIMPLEMENTED",)
    assert outcomes["gone"].negative
    assert outcomes["retried"].hits["echo-v1"].apart == pytest.approx(0.1)
    assert outcomes["moved"].clientSees is not None
    assert outcomes["moved"].clientSees.location is not None
    assert outcomes["moved"].clientSees.location.port == 8443


def test_another_prefix_reaches_what_steps_read_and_write() -> None:
    mapped = with_prefix(good(), "x-")
    status = next(step for step in mapped.steps if isinstance(step, Status))
    patch = next(step for step in mapped.steps if isinstance(step, PatchStatus) and step.entry)
    assert status.checks[2].of == "HTTPRoute/x-producer/verbs"
    assert isinstance(status.checks[2], StatusCheck)
    assert patch.entry is not None
    assert patch.entry["parentRef"]["namespace"] == "x-producer"
    assert any(isinstance(step, Join) for step in mapped.steps)


MISTAKES = [
    (('Accepted: "True"', "Accepted: perhaps"), "conditions, Accepted is 'perhaps'", "'True'"),
    (("reason: [BackendNotFound]", "reasons: [BackendNotFound]"), "unknown key 'reasons'", "'reason'"),
    (("entries: none", "entries: few"), "entries is 'few'", "'exact'"),
    (("of: HTTPRoute/verbs\n        parent", "of: verbs\n        parent"), "of is 'verbs'", "HTTPRoute/NAME"),
    (("parent: {name: verbs, port: 80}", "parent: {nam: verbs}"), "unknown key 'nam'", "'name'"),
    (("to: 0", "to: 9"), "to is 9", "at most 4"),
    (("over: 4", "over: 65"), "over is 65", "from 2 to 64"),
    (("rejected: UNIMPLEMENTED", "rejected: UNKOWN"), "rejected is 'UNKOWN'", "UNKNOWN"),
    (("grpcStatus: OK", "grpcStatus: FINE"), "grpcStatus is 'FINE'", "UNAVAILABLE"),
    (("apart: 100ms", "appart: 100ms"), "unknown key 'appart'", "'apart'"),
    (("port: 8443}", "prot: 8443}"), "unknown key 'prot'", "'port'"),
    (("replicas: 2", "replica: 2"), "unknown key 'replica' in", "'replicas'"),
    (("fields: [spec.rules]", "field: [spec.rules]"), "unknown key 'field'", "'fields'"),
    (("  - patchStatus: extra", "  - patchStatus: extra\n    entry: {a: b}"), "step", "either an entry or a condition"),
]


@pytest.mark.parametrize(("edit", "words", "fix"), MISTAKES, ids=[words for _, words, _ in MISTAKES])
def test_a_mistake_is_told_once(edit: tuple[str, str], words: str, fix: str) -> None:
    scenario, problems = loaded(edit)
    assert scenario is None
    assert len(problems) == 1, [str(problem) for problem in problems]
    assert words in problems[0].text
    assert fix in problems[0].fix


def test_lists_that_are_only_asked_about_are_never_in_force() -> None:
    scenario = good()
    assert scenario.dry_lists == {"wrong", "right"}
    assert scenario.refused_lists == {"wrong"}
