"""``hold`` and ``mix``: sending what is to be judged, with everything that the judgement rests on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from harness.observation import JournalView
from harness.play.classify import Classified
from harness.play.copies import read_journals
from harness.play.judge import ANSWERS_AT_LEAST, Circumstances, Series
from harness.play.quality import Measured
from harness.play.sending import Got, Load, Pair, Sending
from harness.play.settle import relies_on_journal
from harness.play.statistics import Plan
from harness.scenario.model import Outcome, Probe, Scenario

LONGEST = 30.0  # seconds: what the slowest propagation may stretch a hold to
_TIMES_SLOWEST = 3.0
_TRIES = 3
MIX_RATE = 400.0  # requests a second, unless the probe says otherwise: what one small client and echo can take
_MIX_SPARE = 1.01  # single requests may stay unsent


class Lasting(NamedTuple):
    """How long a hold lasts by its scenario, and how long it lasts now, in seconds."""

    declared: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Held:
    """What a hold or a mix brought in."""

    answers: Mapping[Pair, Sequence[Classified]]
    journal: JournalView | None

    def series(self, pairs: Iterable[Pair], at_least: int | None = None) -> tuple[Series, ...]:
        """The answers of these pairs, each held against the pair's outcome."""
        return tuple(
            Series(
                pair.name,
                pair.client,
                pair.outcome,
                tuple(self.answers.get(pair, ())),
                wanted(pair.probe) if at_least is None else at_least,
            )
            for pair in pairs
        )

    def measure(self, scenario: Scenario, outcomes: Mapping[str, Outcome], measured: Measured) -> None:
        """Take down what these answers tell beside conformance."""
        answers = [answer for given in self.answers.values() for answer in given]
        measured.held(scenario, answers, outcomes, self.journal)

    def circumstances(self, witnesses: Iterable[Pair], disturbed: str) -> Circumstances:
        """What a judgement on this hold rests on; each witness carries the outcome that it must keep."""
        return Circumstances(self.series(witnesses), self.journal, disturbed)


def length(declared: float, slowest: float, pace: float = 1.0) -> float:
    """How long a hold lasts: at least three times the slowest propagation seen in this run, which counts up to 30 s.

    ``pace`` is below 1 in a hurried run, in which everything takes that part of its time.
    """
    return max(declared * pace, min(_TIMES_SLOWEST * slowest, LONGEST * pace))


def load(probe: Probe, lasting: Lasting) -> Load:
    """How a hold sends: where it is shorter than declared as many requests as if it were not, but faster."""
    declared, seconds = lasting
    if seconds >= declared:
        return Load(1.0 / probe.rate, duration=seconds, min_count=wanted(probe))
    rate = max(probe.rate, min(probe.rate * declared / seconds, MIX_RATE))
    return Load(1.0 / rate, duration=seconds, min_count=max(wanted(probe), int(declared * probe.rate)))


def wanted(probe: Probe) -> int:
    """How many answers a hold needs of each client."""
    return probe.count or ANSWERS_AT_LEAST


def hold(
    step: int, lasting: Lasting, pairs: Collection[Pair], outcomes: Mapping[str, Outcome], sending: Sending
) -> Held:
    """Send for all pairs for this long; again, with all of them, while too few answers can be judged by their time.

    Raises ProbeError where the journals cannot be marked.
    """
    loads = {pair: load(pair.probe, lasting) for pair in sorted(set(pairs), key=str)}
    mark = sending.mark() if relies_on_journal(outcomes) else None
    got: list[Got] = []
    for attempt in range(_TRIES):
        got += sending.send(loads)
        if not _too_many_void(sending.classify(got, outcomes)):
            break
        if attempt + 1 < _TRIES:
            sending.notebook.note("we, or answers, were too slow for times to be believed: the hold is repeated")
    wanted_of = {pair: {other.outcome for other in pairs if other == pair} for pair in loads}
    journal = read_journals(mark, got, wanted_of, outcomes, sending)
    return finish(step, got, journal, outcomes, sending)


def draw(step: int, pairs: Collection[Pair], plan: Plan, outcomes: Mapping[str, Outcome], sending: Sending) -> Held:
    """Draw the sample of a mix, for each client, over the connections that the probe asks for (fresh ones by default).

    Raises ProbeError where the journals cannot be marked.
    """
    loads = {}
    for pair in pairs:
        rate = pair.probe.rate if "rate" in pair.probe.model_fields_set else MIX_RATE
        loads[pair] = Load(1.0 / rate, count=int(plan.size * _MIX_SPARE) + 1)
    mark = sending.mark() if relies_on_journal(outcomes) else None
    wanted_of = {pair: set(plan.limits) for pair in loads}
    got = sending.send(loads)
    journal = read_journals(mark, got, wanted_of, outcomes, sending)
    return finish(step, got, journal, outcomes, sending)


def finish(
    step: int, got: Sequence[Got], journal: JournalView | None, outcomes: Mapping[str, Outcome], sending: Sending
) -> Held:
    """Classify what came back, and keep it as evidence."""
    if journal is not None:
        sending.notebook.journal(step, journal)
    classified = sending.classify(got, outcomes, journal)
    sending.record(step, classified)
    return Held(classified, journal)


def _too_many_void(classified: Mapping[Pair, Sequence[Classified]]) -> bool:
    return any(
        any(answer.outcome == "void" for answer in answers)
        and sum(answer.outcome not in ("void", "unsent") for answer in answers) < wanted(pair.probe)
        for pair, answers in classified.items()
    )
