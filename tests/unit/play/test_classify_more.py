"""Outcomes that rest on codes of gRPC, on parts of headers, on sessions, and on connections that were cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.observation import Failure
from harness.play.classify import VOID_LAG, classify, counts_hits, needs_journal

from .build import answered, echo, failed, hit, outcome, probe, saw, seen

CUT = {"cut": outcome(cut=True)}


def name(observation, outcomes, sent=None, hits=(), first_pod=""):
    return classify(observation, outcomes, sent or probe(), hits, first_pod).outcome


TIMED_OUT = {
    "timed-out": outcome(timedOut={"after": "300ms", "early": "50ms"}),
    "early": outcome(clientSees={"status": [504]}),
}


class TestTooEarly:
    """`libevent`, for one, counts a timer from the beginning of its turn, which may be long ago on a slow machine."""

    @pytest.mark.parametrize(
        ("elapsed", "pace", "found"),
        [
            (0.2, 0.01, "early"),
            (0.2, 0.013, "void"),
            (0.05, 0.04, "early"),
            (0.05, 0.06, "void"),
            (0.25, 0.5, "timed-out"),
            (0.2, 0.0, "early"),
        ],
    )
    def test_is_believed_by_more_than_what_others_had_to_wait(self, elapsed, pace, found):
        assert classify(seen(answered(504), elapsed=elapsed), TIMED_OUT, probe(), pace=pace).outcome == found

    @pytest.mark.parametrize(
        ("answer", "pace", "found"),
        [(answered(504), 0.01, "early"), (answered(504), 0.03, "void"), (answered(504, echo()), 0.03, "early")],
    )
    def test_is_believed_of_a_backend_in_any_case(self, answer, pace, found):
        """It waits by a clock of its own."""
        outcomes = {"late": outcome(elapsed={"min": "300ms"}), "early": outcome(clientSees={"status": [504]})}
        assert classify(seen(answer, elapsed=0.2), outcomes, probe(), pace=pace).outcome == found


class TestCut:
    @pytest.mark.parametrize("failure", [Failure.REFUSED, Failure.RESET, Failure.CLOSED])
    def test_is_a_connection_without_a_whole_answer(self, failure):
        assert name(failed(failure), CUT) == "cut"

    @pytest.mark.parametrize("failure", [Failure.MALFORMED, Failure.DEADLINE, Failure.AGENT, Failure.UNRESOLVED])
    def test_is_nothing_else_that_failed(self, failure):
        assert name(failed(failure), CUT) == name(failed(failure), {})

    def test_is_never_an_answer(self):
        assert name(seen(answered(404)), CUT) == "other"
        assert name(seen(answered(200, echo())), CUT) == "other"

    def test_is_never_a_request_that_a_backend_saw(self):
        found = classify(failed(Failure.RESET), CUT, probe(), (hit(),))
        assert (found.outcome, found.leaked) == ("broken", True)

    def test_that_a_backend_saw_is_no_later_outcome(self):
        outcomes = {**CUT, "twice": outcome(cut=True, backendHits={"min": 1})}
        assert name(failed(Failure.RESET), outcomes, hits=(hit(),)) == "broken"

    def test_other_outcomes_never_describe_a_failure(self):
        assert name(failed(Failure.RESET), {"any": outcome(clientSees={"absent": ["x"]}), **CUT}) == "cut"

    def test_may_be_a_judgement_of_time(self):
        outcomes = {"late": outcome(cut=True, elapsed={"min": "500ms"}), **CUT}
        assert name(failed(Failure.RESET, elapsed=0.6), outcomes) == "late"
        assert name(failed(Failure.RESET, elapsed=0.4), outcomes) == "cut"
        assert name(failed(Failure.RESET, elapsed=0.6, lag=VOID_LAG * 2), outcomes) == "void"

    def test_needs_the_journals(self):
        assert needs_journal(CUT["cut"])
        assert not counts_hits(CUT["cut"])

    def test_may_end_an_answer_that_has_begun(self):
        broken_off = outcome(timedOut={"after": "500ms", "orBroken": True}, hits={"echo-v1": {"path": "/drips"}})
        outcomes = {"short": broken_off, "late": outcome(timedOut={"after": "500ms"})}
        dripping = probe(headers={"x-gamma-echo-body-delay": ["3s"]})
        assert name(failed(Failure.CLOSED, elapsed=0.6), outcomes, dripping) == "short"
        assert name(failed(Failure.CLOSED, elapsed=0.4), outcomes, dripping) == "broken"
        assert name(failed(Failure.RESET, elapsed=3.0), outcomes, dripping) == "broken"
        assert name(failed(Failure.REFUSED, elapsed=0.6), outcomes, dripping) == "broken"
        assert name(failed(Failure.CLOSED, elapsed=0.6, lag=VOID_LAG * 2), outcomes, dripping) == "void"
        assert name(failed(Failure.CLOSED, elapsed=0.6), outcomes, dripping, hits=(hit(path="/else"),)) == "broken"

    @given(st.sampled_from([*Failure, None]), st.integers(0, 2))
    def test_is_never_wrongly_believed(self, failure, hits):
        observation = failed(failure) if failure else seen(answered(503))
        found = classify(observation, CUT, probe(), (hit(),) * hits)
        cut = failure in (Failure.REFUSED, Failure.RESET, Failure.CLOSED)
        assert (found.outcome == "cut") == (cut and hits == 0)


class TestGrpc:
    def test_a_rejection_by_grpc_status(self):
        outcomes = {"rejected": outcome(rejected=["UNIMPLEMENTED", 404])}
        assert name(seen(answered(200, grpc_status="UNIMPLEMENTED")), outcomes) == "rejected"
        assert name(seen(answered(200, grpc_status="UNAVAILABLE")), outcomes) == "other"
        assert name(seen(answered(200, echo(), grpc_status="UNIMPLEMENTED")), outcomes) == "other"
        assert name(seen(answered(200, grpc_status="UNIMPLEMENTED")), outcomes, hits=(hit(),)) == "other"
        assert name(seen(answered(404)), outcomes) == "rejected"

    def test_a_time_out_by_grpc_status(self):
        outcomes = {"late": outcome(timedOut={"after": "500ms", "status": ["DEADLINE_EXCEEDED", "UNAVAILABLE"]})}
        assert name(seen(answered(200, grpc_status="UNAVAILABLE"), elapsed=0.6), outcomes) == "late"
        assert name(seen(answered(200, grpc_status="OK"), elapsed=0.6), outcomes) == "other"

    def test_the_status_and_the_messages_that_the_client_sees(self):
        outcomes = {"it": outcome(clientSees={"grpcStatus": ["OK", "ABORTED"], "messages": 3})}
        assert name(seen(answered(200, echo(), grpc_status="ABORTED", messages=3)), outcomes) == "it"
        assert name(seen(answered(200, echo(), grpc_status="ABORTED", messages=2)), outcomes) == "other"
        assert name(seen(answered(200, echo(), grpc_status="UNKNOWN", messages=3)), outcomes) == "other"
        assert name(seen(answered(200, echo())), outcomes) == "other"


class TestBodies:
    @pytest.mark.parametrize(("body", "fits"), [("abc", True), ("", False), ("abcd", False), (None, False)])
    def test_the_backend_sees_exactly_this_body(self, body, fits):
        by = echo(seen=saw(body=body))
        assert (name(seen(answered(200, by)), {"it": outcome(backendSees={"body": "abc"})}) == "it") is fits


class TestPartsOfHeaders:
    LINES = (("Allow", "GET, PUT"), ("allow", "Post"), ("Set-Cookie", "a=1; Path=/"), ("set-cookie", "b=2; Secure"))

    @pytest.mark.parametrize(
        ("header", "texts", "fits"),
        [
            ("allow", ["get"], True),
            ("Allow", ["GET", "post"], True),
            ("allow", ["GET", "DELETE"], False),
            ("allow", ["GET, PUT, Post"], True),
            ("set-cookie", ["a=1", "secure", "/; , b"], True),
            ("set-cookie", ["path=/;", "secure;"], True),
            ("set-cookie", ["b=2; secur;"], False),
            ("vary", ["x"], False),
            ("vary", [""], False),
        ],
    )
    def test_contains(self, header, texts, fits):
        outcomes = {"it": outcome(clientSees={"contains": {header: texts}})}
        assert (name(seen(answered(200, headers=self.LINES)), outcomes) == "it") is fits

    @pytest.mark.parametrize(
        ("header", "texts", "fits"),
        [("allow", ["delete"], True), ("allow", ["delete", "put"], False), ("vary", ["x"], True)],
    )
    def test_lacks(self, header, texts, fits):
        outcomes = {"it": outcome(clientSees={"lacks": {header: texts}})}
        assert (name(seen(answered(200, headers=self.LINES)), outcomes) == "it") is fits


class TestStays:
    OUTCOMES = {"same": outcome(stays=True), "moved": outcome(stays=False)}  # noqa: RUF012 - never changed

    def test_by_the_pod_of_the_first_answer(self):
        assert name(seen(answered(200, echo())), self.OUTCOMES, first_pod="echo-v1-pod") == "same"
        assert name(seen(answered(200, echo())), self.OUTCOMES, first_pod="another") == "moved"

    def test_neither_where_one_of_the_two_is_unknown(self):
        assert name(seen(answered(200, echo())), self.OUTCOMES) == "other"
        assert name(seen(answered(503)), self.OUTCOMES, first_pod="echo-v1-pod") == "other"


def mirrored(**wanted):
    return {"mirrored": outcome(backend="echo-v1", hits={"echo-v2": wanted})}


class TestHits:
    def test_are_counted_for_each_workload(self):
        outcomes = {"it": outcome(hits={"echo-v1": {"min": 1, "max": 1}, "consumer/echo-v1": {"max": 0}})}
        here, there = hit(), hit(namespace="gamma-consumer")
        assert name(seen(answered(200, echo())), outcomes, hits=(here,)) == "it"
        for hits in ((), (here, here), (here, there), (there,)):
            assert name(seen(answered(200, echo())), outcomes, hits=hits) == "other"

    @pytest.mark.parametrize(
        ("wanted", "fits"),
        [
            ({"method": "POST"}, True),
            ({"method": "GET"}, False),
            ({"path": "/a?b"}, True),
            ({"path": "/a"}, False),
            ({"host": "Front"}, True),
            ({"host": "back"}, False),
        ],
    )
    def test_every_entry_shows_what_is_wanted(self, wanted, fits):
        good = hit(workload="echo-v2", method="POST", path="/a?b", host="front")
        bad = hit(workload="echo-v2", method="PUT", path="/", host="other")
        outcomes = mirrored(min=1, **wanted)
        assert (name(seen(answered(200, echo())), outcomes, hits=(good, good)) == "mirrored") is fits
        assert name(seen(answered(200, echo())), outcomes, hits=(good, bad)) == "other"
        assert (name(seen(answered(200, echo())), outcomes, hits=(good, hit(method="PUT"))) == "mirrored") is fits

    @pytest.mark.parametrize(
        ("times", "fits"), [((1.0, 1.1, 1.2), True), ((1.2, 1.0, 1.1), True), ((1.0, 1.09), False)]
    )
    def test_arrivals_are_apart(self, times, fits):
        hits = tuple(hit(workload="echo-v2", time=time) for time in times)
        outcomes = mirrored(min=2, apart=0.1 - 1e-9)
        assert (name(seen(answered(200, echo())), outcomes, hits=hits) == "mirrored") is fits

    def test_times_of_several_pods_are_not_compared(self):
        hits = (hit("a", workload="echo-v2", time=1.0), hit("b", workload="echo-v2", time=9.0))
        assert name(seen(answered(200, echo())), mirrored(min=2, apart=0.1), hits=hits) == "void"
        assert name(seen(answered(200, echo())), mirrored(min=3, apart=0.1), hits=hits) == "other"

    def test_need_the_journals(self):
        (wanted,) = mirrored(max=0).values()
        assert needs_journal(wanted)
        assert counts_hits(wanted)
