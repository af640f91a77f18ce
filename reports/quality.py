"""Quality, measured beside conformance: summed up over a run, never a verdict. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from harness.evidence.report import Report

HEADING = "Quality, measured beside conformance"
#: What streams count while the configuration changes, by the names of their measurements.
SENT, LOST, RETURNS = "stream_sent", "stream_lost", "stream_returns"
REOPENED, OVERLAP = "stream_reopened", "stream_overlap_s"


def lines(report: Report) -> list[tuple[str, str]]:
    """Name and figures of everything that was measured; what was not measured is left out."""
    return [*_propagation(report), *_loss(report), *_timeouts(report), *_repeats(report)]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values (not empty) does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def _propagation(report: Report) -> Iterator[tuple[str, str]]:
    samples = [sample for record in report.scenarios for sample in record.quality.propagation]
    for change in ("create", "update", "delete"):
        found = [sample for sample in samples if sample.change == change]
        if found:
            bounds = sum(sample.bound for sample in found)
            sooner = f", {bounds} in force when first asked: at most so long" if bounds else ""
            figures = _spread([sample.seconds for sample in found])
            yield f"propagation of {change}", f"{figures} ({_number(len(found), 'change')}{sooner})"


def _spread(seconds: Sequence[float]) -> str:
    return f"p50 {percentile(seconds, 0.5):.3f} s, p95 {percentile(seconds, 0.95):.3f} s, max {max(seconds):.3f} s"


def _loss(report: Report) -> Iterator[tuple[str, str]]:
    streams = [record.measurements for record in report.scenarios if SENT in record.measurements]
    if not streams:
        return
    names = (SENT, LOST, RETURNS, REOPENED)
    sent, lost, returns, reopened = (int(sum(one.get(name, 0) for one in streams)) for name in names)
    yield "requests lost during changes", f"{lost} of {sent}"
    yield "returns to an earlier outcome", str(returns)
    yield "sent again, as their connection was closed", str(reopened)
    overlaps = [one[OVERLAP] for one in streams if OVERLAP in one]
    if overlaps:
        yield "old and new side by side", f"max {max(overlaps):.3f} s"


def _timeouts(report: Report) -> Iterator[tuple[str, str]]:
    late = [seconds for record in report.scenarios for seconds in record.quality.late]
    if late:
        early = f", {-min(late):.3f} s early at most" if min(late) < 0 else ""
        yield "timeouts fire late by", f"{_spread(late)}{early} ({_number(len(late), 'timeout')})"


def _repeats(report: Report) -> Iterator[tuple[str, str]]:
    asked = sum(record.quality.asked for record in report.scenarios)
    repeated = sum(record.quality.repeated for record in report.scenarios)
    if asked:
        yield "requests retried unasked", f"{repeated} of {asked} that backends journalled"


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
