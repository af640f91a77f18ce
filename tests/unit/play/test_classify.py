import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.observation import Failure
from harness.play.classify import VOID_LAG, classify, header_values
from harness.scenario.model import Outcome, Probe

from .build import answered, echo, failed, hit, outcome, probe, saw, seen

REJECTED = {"rejected": outcome(rejected=[404])}


def name(observation, outcomes, sent: Probe | None = None, hits=()):
    return classify(observation, outcomes, sent or probe(), hits).outcome


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Failure.REFUSED, "broken"),
        (Failure.RESET, "broken"),
        (Failure.CLOSED, "broken"),
        (Failure.MALFORMED, "broken"),
        (Failure.DEADLINE, "silent"),
        (Failure.UNRESOLVED, "unsent"),
        (Failure.AGENT, "unsent"),
    ],
)
def test_a_failed_request_is_an_undeclared_outcome_even_where_a_declared_one_demands_nothing(failure, expected):
    assert name(failed(failure), {"anything": Outcome()}) == expected


def test_every_failure_has_an_outcome():
    assert {name(failed(failure), {}) for failure in Failure} == {"broken", "silent", "unsent"}


def test_an_answer_that_nothing_declared_matches_is_other():
    assert name(seen(answered(503)), REJECTED) == "other"


def test_the_first_declared_outcome_that_matches_wins():
    outcomes = {"narrow": outcome(backend="echo-v1", clientSees={"status": 200}), "broad": outcome(backend="echo-v1")}
    assert name(seen(answered(200, echo())), outcomes) == "narrow"
    assert name(seen(answered(201, echo())), outcomes) == "broad"


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ("echo-v1", True),
        ("producer/echo-v1", True),
        ("consumer/echo-v1", False),
        ("echo-v2", False),
        ("echo-v1:8080", True),
        ("echo-v1:8081", False),
        ("producer/echo-v1:8080", True),
    ],
)
def test_a_backend_is_role_workload_and_port(wanted, fits):
    assert (name(seen(answered(200, echo())), {"it": outcome(backend=wanted)}) == "it") is fits


def test_a_backend_of_another_namespace_is_named_by_its_role():
    there = seen(answered(200, echo(role="consumer")))
    assert name(there, {"own": outcome(backend="echo-v1"), "far": outcome(backend="consumer/echo-v1")}) == "far"


class TestRejected:
    def test_needs_the_code(self):
        assert name(seen(answered(404)), REJECTED) == "rejected"
        assert name(seen(answered(503)), REJECTED) == "other"

    def test_is_never_an_answer_of_the_echo(self):
        assert name(seen(answered(404, echo())), REJECTED) == "other"

    def test_is_never_an_answer_to_a_request_that_a_backend_saw(self):
        leaked = classify(seen(answered(404)), REJECTED, probe(), (hit(),))
        assert (leaked.outcome, leaked.leaked) == ("other", True)

    def test_that_leaked_does_not_become_a_later_outcome(self):
        outcomes = {**REJECTED, "any404": outcome(clientSees={"status": 404})}
        assert classify(seen(answered(404)), outcomes, probe(), (hit(),)).outcome == "other"


LATE = {"late": outcome(timedOut={"after": "500ms", "early": "20ms"})}
SLOW = probe(headers={"X-Gamma-Echo-Delay": "3s"})


class TestTimedOut:
    @pytest.mark.parametrize(
        ("elapsed", "expected"), [(0.479, "other"), (0.481, "late"), (2.999, "late"), (3.0, "other"), (9.0, "other")]
    )
    def test_lies_between_the_time_out_and_the_backends_delay(self, elapsed, expected):
        assert name(seen(answered(504), elapsed=elapsed), LATE, SLOW) == expected

    @pytest.mark.parametrize(("wish", "last"), [("1:2s", 1.999), ("3:2s", 1.999), ("0:2s", 2.999)])
    def test_comes_before_the_answer_to_the_first_attempt(self, wish, last):
        sent = probe(headers={"X-Gamma-Echo-Fail-Delay": wish, "x-gamma-echo-delay": "3s"})
        assert name(seen(answered(504), elapsed=last), LATE, sent) == "late"
        assert name(seen(answered(504), elapsed=last + 0.001), LATE, sent) == "other"

    def test_is_the_meshs_own_answer(self):
        assert name(seen(answered(504, echo()), elapsed=1), LATE, SLOW) == "other"

    def test_needs_its_status(self):
        assert name(seen(answered(503), elapsed=1), LATE, SLOW) == "other"

    @pytest.mark.parametrize("elapsed", [0.1, 1.0, 5.0])
    def test_is_void_when_our_own_clock_cannot_be_believed(self, elapsed):
        assert name(seen(answered(504), elapsed=elapsed, lag=VOID_LAG * 1.1), LATE, SLOW) == "void"

    def test_lag_does_not_void_what_is_no_judgement_of_time(self):
        outcomes = {**LATE, "direct": outcome(backend="echo-v1"), **REJECTED}
        assert name(seen(answered(200, echo()), lag=1), outcomes, SLOW) == "direct"
        assert name(seen(answered(404), lag=1), outcomes, SLOW) == "rejected"


def test_elapsed_has_two_bounds_and_can_tell_two_outcomes_apart():
    outcomes = {"quick": outcome(backend="echo-v1", elapsed={"max": "1s"}), "slow": outcome(backend="echo-v1")}
    assert name(seen(answered(200, echo()), elapsed=1.0), outcomes) == "quick"
    assert name(seen(answered(200, echo()), elapsed=1.1), outcomes) == "slow"


def test_silence_during_a_long_stall_of_our_own_loop_is_void():
    assert name(failed(Failure.DEADLINE, lag=2.0), {}) == "void"


@pytest.mark.parametrize(("hits", "expected"), [(0, "other"), (1, "other"), (2, "twice"), (3, "twice"), (4, "other")])
def test_backend_hits_are_counted_from_the_journals(hits, expected):
    outcomes = {"twice": outcome(backendHits={"min": 2, "max": 3})}
    assert name(seen(answered(200, echo())), outcomes, hits=(hit(),) * hits) == expected


class TestHeaders:
    @pytest.mark.parametrize(
        "lines",
        [
            (("X-Color", "red"), ("x-color", "blue")),
            (("x-color", "red,blue"),),
            (("X-COLOR", " red ,  blue"),),
        ],
    )
    def test_one_line_with_commas_and_several_lines_are_the_same(self, lines):
        outcomes = {"both": outcome(backendSees={"headers": {"X-Color": ["red", "blue"]}})}
        assert name(seen(answered(200, echo(seen=saw(lines)))), outcomes) == "both"

    @pytest.mark.parametrize(
        "lines", [(), (("x-color", "red"),), (("x-color", "blue, red"),), (("x-color", "red, blue, red"),)]
    )
    def test_values_are_exact_and_in_order(self, lines):
        outcomes = {"both": outcome(backendSees={"headers": {"x-color": ["red", "blue"]}})}
        assert name(seen(answered(200, echo(seen=saw(lines)))), outcomes) == "other"

    def test_absent_ignores_case(self):
        outcomes = {"plain": outcome(backendSees={"absent": ["X-Color"]})}
        assert name(seen(answered(200, echo(seen=saw((("x-color", ""),))))), outcomes) == "other"
        assert name(seen(answered(200, echo())), outcomes) == "plain"

    def test_the_clients_side_is_compared_too(self):
        outcomes = {"moved": outcome(clientSees={"status": 302, "headers": {"location": "http://example.org/a"}})}
        there = answered(302, headers=(("Location", "http://example.org/a"),))
        assert name(seen(there), outcomes) == "moved"
        assert name(seen(answered(302, headers=(("Location", "http://example.org/b"),))), outcomes) == "other"

    @given(st.lists(st.text(st.characters(codec="ascii", exclude_characters=","), max_size=5), min_size=1, max_size=5))
    def test_splitting_does_not_depend_on_how_the_values_are_spread_over_lines(self, values):
        one = header_values([("a", ",".join(values))])
        many = header_values([("A", value) for value in values])
        assert one == many


@pytest.mark.parametrize(
    ("field", "value", "fits"),
    [
        ("path", "/", True),
        ("path", "/x", False),
        ("host", "FRONT", True),
        ("host", "back", False),
        ("method", "GET", True),
        ("method", "POST", False),
        ("protocol", "http1", True),
    ],
)
def test_what_the_backend_saw_is_compared(field, value, fits):
    outcomes = {"it": outcome(backendSees={field: value})}
    assert (name(seen(answered(200, echo())), outcomes) == "it") is fits


def test_what_the_backend_saw_is_unknown_without_a_readable_echo():
    outcomes = {"it": outcome(backendSees={"absent": ["x"]})}
    assert name(seen(answered(200)), outcomes) == "other"


@given(
    status=st.integers(100, 599),
    hits=st.integers(0, 3),
    marked=st.booleans(),
    lag=st.floats(0, 10),
    elapsed=st.floats(0, 20),
)
def test_rejected_is_never_wrongly_believed(status, hits, marked, lag, elapsed):
    """Whatever comes back: `rejected` means the code, no mark, and no backend."""
    answer = answered(status, echo() if marked else None)
    got = classify(seen(answer, lag=lag, elapsed=elapsed), REJECTED, probe(), (hit(),) * hits)
    assert (got.outcome == "rejected") == (status == 404 and not marked and hits == 0)
    assert got.leaked == (status == 404 and not marked and hits > 0)
