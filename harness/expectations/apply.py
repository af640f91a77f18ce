"""Holds an expectation against what became of its check. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from harness.evidence.model import CheckRecord, Expectation, ExpectedChecks, Kind, Verdict

#: Kinds that say more than the outcomes seen: they are expected by their name, or not at all.
_BY_NAME_ONLY = (Kind.STALLED, Kind.LEAKED)
_WRONG = (Verdict.FAIL, Verdict.DEVIATION)


def by_check(entries: Iterable[ExpectedChecks]) -> dict[str, Expectation]:
    """Check id -> what is expected of it."""
    return {name: entry.expectation for entry in entries for name in entry.checks}


def consider(records: Iterable[CheckRecord], expected: Mapping[str, Expectation]) -> tuple[CheckRecord, ...]:
    """The records as they count while these failures are expected."""
    return tuple(held_against(record, expected[record.id]) if record.id in expected else record for record in records)


def held_against(record: CheckRecord, expectation: Expectation) -> CheckRecord:
    """A failure as expected becomes an xfail, a pass an xpass; another failure stays what it is, and says so.

    What we could not observe, did not play or do not judge is no failure, expected or not.
    """
    outcomes = " or ".join(expectation.outcome)
    if record.verdict is Verdict.PASS:
        reason = _joined(f"passes, but was expected to fail ({outcomes})", record.reason)
        return record.model_copy(update={"verdict": Verdict.XPASS, "expectation": expectation, "reason": reason})
    if record.verdict not in _WRONG:
        return record
    if fits(record.kind, record.wrong, expectation.outcome):
        return record.model_copy(update={"verdict": Verdict.XFAIL, "expectation": expectation})
    reason = _joined(f"fails otherwise than expected ({outcomes})", record.reason)
    return record.model_copy(update={"expectation": expectation, "reason": reason})


def excused(records: Iterable[CheckRecord]) -> tuple[CheckRecord, ...]:
    """The records of a scenario; what was not run after an await whose failure is expected throughout, is skipped.

    Otherwise a scenario that is known never to get beyond an await would leave every run unproven.
    """
    found = tuple(records)
    late = [record for record in found if record.kind is Kind.NEVER_CONVERGED]
    if any(record.verdict is not Verdict.XFAIL for record in late):
        return found
    return tuple(_after(record, late) for record in found)


def _after(record: CheckRecord, late: Iterable[CheckRecord]) -> CheckRecord:
    if record.verdict is not Verdict.NOT_RUN or not record.reason:
        return record
    cause = next((one.id for one in late if one.reason.startswith(record.reason)), "")
    if not cause:
        return record
    reason = f"not run after the expected failure of {cause}; {record.reason}"
    return record.model_copy(update={"verdict": Verdict.SKIP, "reason": reason})


def fits(kind: Kind | None, wrong: Collection[str], outcomes: Collection[str]) -> bool:
    """Whether a failure is the expected one: by its kind, or by all wrong outcomes that were seen."""
    if kind is not None and kind.value in outcomes:
        return True
    return kind not in _BY_NAME_ONLY and bool(wrong) and set(wrong) <= set(outcomes)


def _joined(first: str, then: str) -> str:
    return f"{first}; {then}" if then else first
