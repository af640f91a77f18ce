"""Several repetitions become one record, and the worst of them counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.model import CheckRecord, Compared, Propagation, Quality, ScenarioRecord, Verdict
from suites.plugin import repeating


def check(verdict, reason="", **more):
    return CheckRecord(id="s/c", scenario="s", check="c", file="s.yaml", line=1, verdict=verdict, reason=reason, **more)


@pytest.mark.parametrize(
    ("verdicts", "worst"),
    [
        ("pass pass", "pass"),
        ("pass fail pass", "fail"),
        ("error fail", "fail"),
        ("not-run error", "error"),
        ("pass error", "error"),
        ("xfail xpass", "xpass"),
        ("xfail pass", "xfail"),
        ("deviation observed", "deviation"),
        ("pass skip", "skip"),
    ],
)
def test_the_worst_verdict_counts_and_all_are_counted(verdicts, worst):
    found = repeating.check([check(Verdict(verdict)) for verdict in verdicts.split()])
    assert found.verdict == worst
    assert sum(found.repetitions.values()) == len(verdicts.split())


@given(st.lists(st.sampled_from(list(Verdict)), min_size=1, max_size=20))
def test_never_a_pass_unless_every_repetition_passed(verdicts):
    found = repeating.check([check(verdict) for verdict in verdicts])
    assert (found.verdict is Verdict.PASS) == (set(verdicts) == {Verdict.PASS})
    assert found.repetitions == {v.value: verdicts.count(v) for v in set(verdicts)}


def test_the_first_of_the_worst_is_shown_and_a_known_failure_is_better_than_a_new_one():
    known = Compared(result="known", run="r", verdict=Verdict.FAIL)
    found = repeating.check(
        [check("pass", "a"), check("fail", "b", baseline=known), check("fail", "c"), check("fail", "d")]
    )
    assert found.reason == "c"
    assert repeating.worst([[check("pass")], [check("pass"), check("fail")], [check("fail")]]) == 1


def test_a_scenarios_problems_and_measurements_are_kept():
    first = ScenarioRecord(
        id="s",
        started="1",
        duration=1.0,
        measurements={"propagation_s": 0.5},
        problems=("late",),
        quality=Quality(propagation=(Propagation(change="create", step=1, seconds=0.5),), asked=2),
    )
    second = ScenarioRecord(
        id="s", started="2", duration=2.0, measurements={"propagation_s": 0.25}, quality=Quality(asked=3, repeated=1)
    )
    found = repeating.scenario([first, second], 1)
    assert (found.started, found.duration) == ("1", 3.0)
    assert found.problems == ("repetition 1: late",)
    assert found.measurements == {"propagation_s": 0.5}
    assert (found.quality.asked, found.quality.repeated, len(found.quality.propagation)) == (5, 1, 1)
