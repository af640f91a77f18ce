"""From verdicts to pytest's outcomes and to the exit status. Pure."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from harness.evidence.model import Verdict

UNEXPECTED = (Verdict.FAIL, Verdict.XPASS)
UNPROVEN = (Verdict.ERROR, Verdict.NOT_RUN)
NOT_READY = 3


def exit_status(
    pytest_status: int,
    verdicts: Collection[Verdict],
    *,
    complete: bool,
    other_failures: bool,
    strict: bool = False,
    findings: bool = False,
) -> int:
    """The status of design: 0 as expected, 1 unexpected, 2 interrupted, 3 not ready or not proven, 4 usage, 5 nothing.

    `pytest_status` is what pytest would return; it counts failed tests, and does not know errors from failures.
    `other_failures`: a test that is no scenario failed; `strict`: deviations are unexpected, too;
    `findings`: an entry of the expectations does not hold.
    """
    unexpected = (*UNEXPECTED, Verdict.DEVIATION) if strict else UNEXPECTED
    if other_failures or findings or any(verdict in unexpected for verdict in verdicts):
        return int(pytest.ExitCode.TESTS_FAILED)
    if pytest_status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return int(pytest_status)
    proven = complete and not any(verdict in UNPROVEN for verdict in verdicts)
    return 0 if proven else NOT_READY
