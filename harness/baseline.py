"""Compares failures with those of an earlier run, so that only new ones fail the run. Pure but for `read`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from harness.evidence import load
from harness.evidence.model import CheckRecord, Compared, Record, Verdict

_WRONG_THEN = {
    Verdict.FAIL: (Verdict.FAIL, Verdict.XFAIL),
    Verdict.DEVIATION: (Verdict.FAIL, Verdict.XFAIL, Verdict.DEVIATION),
}
_RIGHT_THEN = (Verdict.PASS, Verdict.XPASS)


class Before(Record):
    """What an earlier run says of a check."""

    verdict: Verdict
    digest: str  # of the scenario's file


class Baseline(Record):
    """An earlier run, as far as failures are compared with it."""

    run: str
    checks: dict[str, Before]


def read(path: Path) -> Baseline:
    """The baseline of a report; raises a ReportError where it is absent, incomplete or not as the run wrote it."""
    report = load(path)
    digests = {name: scenario.digest for name, scenario in report.planned.items()}
    found = {check.id: Before(verdict=check.verdict, digest=digests[check.scenario]) for check in report.checks}
    return Baseline(run=report.header.run, checks=found)


def compare(record: CheckRecord, digest: str, baseline: Baseline, *, strict: bool) -> CheckRecord:
    """A failure as it counts beside the earlier run: known ones are expected, others are told as new or regression.

    Deviations count under `strict` only. What an expectation is about is left to that. `digest` is that of the
    scenario's file as it was played.
    """
    if record.verdict not in _WRONG_THEN or record.expectation is not None:
        return record
    then = baseline.checks.get(record.id)
    compared = Compared(
        result=_result(record.verdict, then),
        run=baseline.run,
        verdict=then.verdict if then else None,
        note="the scenario has changed since" if then and then.digest != digest else "",
    )
    counts = record.verdict is Verdict.FAIL or strict
    verdict = Verdict.XFAIL if counts and compared.result == "known" else record.verdict
    return record.model_copy(update={"baseline": compared, "verdict": verdict})


def compare_all(
    records: tuple[CheckRecord, ...], digest: str, baseline: Baseline | None, *, strict: bool
) -> tuple[CheckRecord, ...]:
    """The records of one scenario beside the earlier run, if there is one to compare with."""
    if baseline is None:
        return records
    return tuple(compare(record, digest, baseline, strict=strict) for record in records)


def _result(now: Verdict, then: Before | None) -> Literal["known", "regression", "new"]:
    if then is not None and then.verdict in _WRONG_THEN[now]:
        return "known"
    return "regression" if then is not None and then.verdict in _RIGHT_THEN else "new"
