"""The exit status follows from the worst that happened."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.model import Verdict
from suites.plugin.verdicts import exit_status

OK, FAILED, INTERRUPTED, INTERNAL, USAGE, NOTHING = range(6)
QUIET = [Verdict.PASS, Verdict.DEVIATION, Verdict.OBSERVED, Verdict.SKIP, Verdict.XFAIL]


@pytest.mark.parametrize(
    ("pytest_status", "verdicts", "complete", "expected"),
    [
        (OK, [Verdict.PASS], True, 0),
        (OK, QUIET, True, 0),
        (FAILED, [Verdict.FAIL, Verdict.ERROR], True, 1),
        (OK, [Verdict.XPASS], True, 1),
        (FAILED, [Verdict.ERROR], True, 3),
        (OK, [Verdict.NOT_RUN], True, 3),
        (OK, [Verdict.PASS], False, 3),
        (FAILED, [], False, 3),
        (INTERRUPTED, [Verdict.PASS], False, 2),
        (INTERRUPTED, [Verdict.FAIL], False, 1),
        (INTERNAL, [], False, 3),
        (USAGE, [], False, 4),
        (NOTHING, [], True, 5),
    ],
)
def test_the_worst_decides(pytest_status, verdicts, complete, expected):
    assert exit_status(pytest_status, verdicts, complete=complete, other_failures=False) == expected


def test_a_failed_test_that_is_no_scenario_fails_the_run():
    assert exit_status(FAILED, [Verdict.PASS], complete=True, other_failures=True) == 1


@given(st.lists(st.sampled_from(Verdict)), st.sampled_from([OK, FAILED]), st.booleans())
def test_zero_means_that_everything_was_seen_and_nothing_was_wrong(verdicts, status, complete):
    if exit_status(status, verdicts, complete=complete, other_failures=False) == 0:
        assert complete
        assert set(verdicts) <= set(QUIET)
