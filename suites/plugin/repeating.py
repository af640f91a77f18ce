"""Repetitions of a scenario become one record: each check ends in the worst of its verdicts, with all counted."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

from harness.evidence.model import CheckRecord, Quality, ScenarioRecord, Verdict

#: From the worst to the best.
_ORDER = (
    Verdict.FAIL,
    Verdict.XPASS,
    Verdict.ERROR,
    Verdict.NOT_RUN,
    Verdict.DEVIATION,
    Verdict.XFAIL,
    Verdict.SKIP,
    Verdict.OBSERVED,
    Verdict.PASS,
)


def check(repetitions: Sequence[CheckRecord]) -> CheckRecord:
    """The first of the worst repetitions of one check, with the counts of all."""
    counted = Counter(record.verdict for record in repetitions)
    counts = {verdict.value: counted[verdict] for verdict in _ORDER if counted[verdict]}
    return min(repetitions, key=_badness).model_copy(update={"repetitions": counts})


def scenario(repetitions: Sequence[ScenarioRecord], shown: int) -> ScenarioRecord:
    """The record of the repetition ``shown`` (from 0), with the problems and measurements of all."""
    problems = [
        f"repetition {number}: {problem}"
        for number, record in enumerate(repetitions, start=1)
        for problem in record.problems
    ]
    measurements: dict[str, float] = {}
    for record in repetitions:
        for name, value in record.measurements.items():
            measurements[name] = max(value, measurements.get(name, value))
    return repetitions[shown].model_copy(
        update={
            "started": repetitions[0].started,
            "duration": round(sum(record.duration for record in repetitions), 4),
            "problems": tuple(problems),
            "measurements": measurements,
            "quality": _together([record.quality for record in repetitions]),
        }
    )


def worst(repetitions: Sequence[Sequence[CheckRecord]]) -> int:
    """Which repetition (from 0) has the worst check: the one that a reader wants to see."""
    return min(range(len(repetitions)), key=lambda number: min(map(_badness, repetitions[number]), default=(99, 1)))


def _badness(record: CheckRecord) -> tuple[int, int]:
    known = record.baseline is not None and record.baseline.result == "known"
    return _ORDER.index(record.verdict), int(known)


def _together(measured: Sequence[Quality]) -> Quality:
    return Quality(
        propagation=tuple(itertools.chain.from_iterable(one.propagation for one in measured)),
        late=tuple(itertools.chain.from_iterable(one.late for one in measured)),
        asked=sum(one.asked for one in measured),
        repeated=sum(one.repeated for one in measured),
    )
