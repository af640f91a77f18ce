"""What the pace of all answers says about one of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.evidence.model import Verdict
from harness.observation import Failure
from harness.play.classify import VOID_PACE, classify
from harness.play.judge import Circumstances, Series, judge_hold
from harness.play.pace import Pace
from tests.unit.play.build import CONSUMER, answered, classified, echo, failed, outcome, probe, seen

LATE = {"late": outcome(timedOut={"status": [504], "after": "500ms"})}


def echoes(*elapsed: float, started: float = 0.0):
    return [seen(answered(200, echo()), elapsed=taken, started=started) for taken in elapsed]


def paced(*batches, at: float = 0.0) -> float:
    pace = Pace()
    for begun, asked, observations in batches:
        pace.add(begun, asked, observations)
    return pace.at(at)


def test_is_the_median_of_all_batches_of_that_time():
    assert paced((0.0, probe(), echoes(1, 1, 9)), (0.0, probe(), echoes(2, 3))) == 2


def test_does_not_count_what_the_backend_was_asked_to_wait():
    slow = probe(headers={"x-gamma-echo-delay": ["2s"]})
    assert paced((0.0, slow, echoes(*[2.25] * 5))) == pytest.approx(0.25)


def test_leaves_out_what_did_not_wait():
    hangs_once = probe(headers={"x-gamma-echo-fail-delay": ["1:8s"]})
    assert paced((0.0, hangs_once, echoes(*[6.0] * 5)), (0.0, probe(), echoes(*[4.0] * 5))) == 4


def test_says_nothing_of_another_time():
    calm, busy = (0.0, probe(), echoes(*[0.01] * 9)), (10.0, probe(), echoes(*[4.0] * 9, started=0.5))
    assert paced(calm, busy, at=0.9) == pytest.approx(0.01)
    assert paced(calm, busy, at=9.6) == 4
    assert paced(calm, busy, at=5.0) == 0


def test_says_nothing_by_a_few_answers():
    assert paced((0.0, probe(), echoes(*[4.0] * 4))) == 0


@pytest.mark.parametrize(
    "observations",
    [
        pytest.param([seen(answered(504), elapsed=4.0)] * 9, id="of the mesh"),
        pytest.param([failed(Failure.DEADLINE, elapsed=10.0)] * 9, id="none"),
    ],
)
def test_regards_answers_of_workloads_only(observations):
    assert paced((0.0, probe(), observations)) == 0


@pytest.mark.parametrize("asked", [{"protocol": "grpc", "messages": 3}, {"protocol": "tcp", "url": "tcp://a.b:1"}])
def test_leaves_out_exchanges_that_last(asked):
    assert paced((0.0, probe(**asked), echoes(*[4.0] * 9))) == 0


class TestOfALateAnswer:
    def test_voids_a_judgement_of_time(self):
        answer = seen(answered(504), elapsed=0.6)
        assert classify(answer, LATE, probe(), pace=VOID_PACE).outcome == "late"
        assert classify(answer, LATE, probe(), pace=VOID_PACE * 1.1).outcome == "void"

    def test_voids_no_other_judgement(self):
        assert classify(seen(answered(200, echo())), LATE, probe(), pace=9).outcome == "other"

    @pytest.mark.parametrize(("deadline", "pace", "expected"), [("10s", 2.4, "silent"), ("10s", 2.6, "void")])
    def test_silence_counts_where_others_are_answered_well_before_the_deadline(self, deadline, pace, expected):
        assert classify(failed(Failure.DEADLINE), {}, probe(deadline=deadline), pace=pace).outcome == expected

    def test_a_mesh_that_loses_a_part_is_no_pass(self):
        lost = tuple(classify(failed(Failure.DEADLINE), {}, probe(), pace=9) for _ in range(3))
        series = Series("p", CONSUMER, "good", (*classified("good*177"), *lost))
        found = judge_hold([series], {}, Circumstances(), Verdict.FAIL)
        assert found.verdict is Verdict.ERROR
        assert "2% of the requests of consumer had no answer" in found.reason
        some_wrong = replace(series, answers=(*series.answers, *classified("bad")))
        assert judge_hold([some_wrong], {}, Circumstances(), Verdict.FAIL).verdict is Verdict.FAIL

    def test_what_was_cut_stays_cut(self):
        assert classify(failed(Failure.RESET), {}, probe(), pace=9).outcome == "broken"
