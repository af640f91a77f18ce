"""Records held against expectations, entries against a finished run, failures against an earlier one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import baseline
from harness.evidence.model import Expectation, ExpectedChecks, Kind, Verdict
from harness.expectations.apply import consider, excused, fits, held_against
from harness.expectations.review import findings
from tests.evidence_samples import check, write_report

BY = Expectation(place="known.yaml:2", outcome=("direct",), reason="routes are merged here")
FAILED = {"verdict": Verdict.FAIL, "kind": Kind.WRONG}


@pytest.mark.parametrize(
    ("kind", "wrong", "outcomes", "expected"),
    [
        (Kind.WRONG, ("direct",), ("direct",), True),
        (Kind.WRONG, ("direct", "other"), ("direct",), False),
        (Kind.WRONG, ("direct", "other"), ("direct", "other"), True),
        (Kind.WRONG, ("direct", "other"), ("wrong",), True),
        (Kind.REGRESSED, ("direct",), ("wrong",), False),
        (Kind.NEVER_CONVERGED, ("direct",), ("direct",), True),
        (Kind.NEVER_CONVERGED, (), ("never-converged",), True),
        (Kind.WRONG, (), ("direct",), False),
        (Kind.STALLED, ("direct",), ("direct",), False),
        (Kind.STALLED, ("direct",), ("stalled",), True),
        (Kind.LEAKED, ("other",), ("other",), False),
        (None, (), ("direct",), False),
    ],
)
def test_the_expected_failure_is_the_only_one(kind, wrong, outcomes, expected):
    assert fits(kind, wrong, outcomes) is expected


def test_a_failure_as_expected_is_an_xfail_that_keeps_what_was_seen():
    record = check(**FAILED, wrong=("direct",), reason="60 of 60 were direct")
    found = held_against(record, BY)
    assert (found.verdict, found.kind, found.reason) == (Verdict.XFAIL, Kind.WRONG, "60 of 60 were direct")
    assert found.expectation == BY


def test_a_pass_is_an_xpass():
    found = held_against(check(reason="works, not declared: X"), BY)
    assert found.verdict is Verdict.XPASS
    assert found.reason == "passes, but was expected to fail (direct); works, not declared: X"


@given(st.sampled_from([Verdict.FAIL, Verdict.DEVIATION]), st.sets(st.sampled_from(["other", "silent"]), min_size=1))
def test_another_failure_keeps_its_verdict(verdict, wrong):
    found = held_against(check(verdict=verdict, kind=Kind.WRONG, wrong=tuple(sorted(wrong))), BY)
    assert found.verdict is verdict
    assert found.expectation == BY
    assert found.reason.startswith("fails otherwise than expected (direct)")


@pytest.mark.parametrize("verdict", [Verdict.ERROR, Verdict.NOT_RUN, Verdict.SKIP, Verdict.OBSERVED])
def test_what_was_not_judged_is_no_failure(verdict):
    record = check(verdict=verdict, wrong=("direct",))
    assert held_against(record, BY) == record


def test_other_checks_stay_as_they_are():
    records = (check("a", **FAILED), check("b", **FAILED, wrong=("direct",)))
    found = consider(records, {"unmatched/b": BY})
    assert [one.verdict for one in found] == [Verdict.FAIL, Verdict.XFAIL]
    assert found[0] == records[0]


LATE = "the await of step 3 never arrived"


@pytest.mark.parametrize(
    ("first", "second", "reason", "verdict"),
    [
        (Verdict.XFAIL, Verdict.XFAIL, LATE, Verdict.SKIP),
        (Verdict.XFAIL, Verdict.FAIL, LATE, Verdict.NOT_RUN),
        (Verdict.FAIL, Verdict.FAIL, LATE, Verdict.NOT_RUN),
        (Verdict.XFAIL, Verdict.XFAIL, "the mesh takes in no configuration any more", Verdict.NOT_RUN),
        (Verdict.XFAIL, Verdict.XFAIL, "", Verdict.NOT_RUN),
    ],
)
def test_what_comes_after_an_expected_failure_of_an_await_is_skipped(first, second, reason, verdict):
    late = {"kind": Kind.NEVER_CONVERGED, "reason": f"{LATE} within 30 s: ..."}
    records = (check("a", first, **late), check("b", second, **late), check("c", Verdict.NOT_RUN, reason=reason))
    found = excused(records)
    assert [one.verdict for one in found] == [first, second, verdict]
    assert "unmatched/a" in found[2].reason or verdict is Verdict.NOT_RUN


ENTRY = ExpectedChecks(expectation=BY, checks=("unmatched/a", "unmatched/b"))


@pytest.mark.parametrize(
    ("verdicts", "stale"),
    [
        ((Verdict.SKIP, Verdict.SKIP), True),
        ((Verdict.SKIP, Verdict.OBSERVED), True),
        ((Verdict.SKIP, Verdict.XFAIL), False),
        ((Verdict.SKIP, Verdict.ERROR), False),
        ((Verdict.NOT_RUN, Verdict.NOT_RUN), False),
        ((Verdict.SKIP,), False),
        ((), False),
    ],
)
def test_an_entry_that_nothing_confirms_is_stale(verdicts, stale):
    records = [check(name, verdict, reason="why") for name, verdict in zip("ab", verdicts, strict=False)]
    found = findings([ENTRY], records)
    assert bool(found) is stale
    assert all("known.yaml:2: stale entry" in text and "why" in text for text in found)


def test_an_entry_may_be_about_what_was_not_selected():
    part = ENTRY.model_copy(update={"whole": False})
    assert findings([part], [check("a", Verdict.SKIP), check("b", Verdict.SKIP)]) == ()


def test_a_deviation_of_another_kind_is_a_finding():
    record = held_against(check("a", Verdict.DEVIATION, kind=Kind.WRONG, wrong=("silent",)), BY)
    (text,) = findings([ENTRY], [record, check("b", Verdict.XFAIL)])
    assert "unmatched/a fails otherwise than expected" in text


DIGEST = "0" * 64


def failed(digest: str = DIGEST) -> baseline.Baseline:
    then = baseline.Before(verdict=Verdict.FAIL, digest=digest)
    return baseline.Baseline(run="old", checks={"unmatched/a": then})


@pytest.mark.parametrize(
    ("now", "then", "strict", "verdict", "result"),
    [
        (Verdict.FAIL, Verdict.FAIL, False, Verdict.XFAIL, "known"),
        (Verdict.FAIL, Verdict.XFAIL, False, Verdict.XFAIL, "known"),
        (Verdict.FAIL, Verdict.PASS, False, Verdict.FAIL, "regression"),
        (Verdict.FAIL, Verdict.XPASS, False, Verdict.FAIL, "regression"),
        (Verdict.FAIL, Verdict.DEVIATION, False, Verdict.FAIL, "new"),
        (Verdict.FAIL, Verdict.ERROR, False, Verdict.FAIL, "new"),
        (Verdict.FAIL, None, False, Verdict.FAIL, "new"),
        (Verdict.DEVIATION, Verdict.DEVIATION, False, Verdict.DEVIATION, "known"),
        (Verdict.DEVIATION, Verdict.DEVIATION, True, Verdict.XFAIL, "known"),
        (Verdict.DEVIATION, Verdict.PASS, True, Verdict.DEVIATION, "regression"),
    ],
)
def test_only_new_failures_count_beside_a_baseline(now, then, strict, verdict, result):
    checks = {} if then is None else {"unmatched/a": baseline.Before(verdict=then, digest=DIGEST)}
    before = baseline.Baseline(run="old", checks=checks)
    found = baseline.compare(check("a", now, kind=Kind.WRONG), DIGEST, before, strict=strict)
    assert found.verdict is verdict
    assert (found.baseline.result, found.baseline.verdict) == (result, then)


def test_a_changed_scenario_is_compared_with_a_note():
    before = baseline.Baseline(
        run="old", checks={"unmatched/a": baseline.Before(verdict=Verdict.FAIL, digest="1" * 64)}
    )
    found = baseline.compare(check("a", **FAILED), DIGEST, before, strict=False)
    assert found.baseline.note == "the scenario has changed since"
    same = baseline.compare(check("a", **FAILED), "1" * 64, before, strict=False)
    assert same.baseline.note == ""


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.ERROR, Verdict.SKIP, Verdict.XPASS, Verdict.NOT_RUN])
def test_a_baseline_excuses_failures_only(verdict):
    before = failed()
    record = check("a", verdict)
    assert baseline.compare(record, DIGEST, before, strict=True) == record


def test_a_baseline_does_not_excuse_what_an_expectation_is_about():
    before = failed()
    record = held_against(check("a", **FAILED, wrong=("silent",)), BY)
    assert baseline.compare(record, DIGEST, before, strict=True) == record


def test_a_baseline_is_read_from_a_report(tmp_path):
    found = baseline.read(write_report(tmp_path / "old"))
    assert found.run == "20260102-030405-abcd"
    assert found.checks["unmatched/falls-through"] == baseline.Before(verdict=Verdict.FAIL, digest=DIGEST)
