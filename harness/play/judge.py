"""From the outcomes of a hold or a mix to a verdict. Pure: no I/O, no clock.

What can never be a pass: an answer with another outcome, an absence that rests on a journal with a gap, a witness that
lost its outcome, too few answers. What can never be blamed on the mesh: what we could not send, time or observe.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.evidence.model import Kind, Proportion, Verdict
from harness.observation import Failure, JournalView
from harness.play.classify import Classified, counts_hits, needs_journal
from harness.play.statistics import Plan, detectable
from harness.scenario.model import Client, Outcome

UNSENT_AT_MOST = 0.01
UNANSWERED_AT_MOST = 0.01  # of what was sent while answers took too long for a missing one to count against the mesh
ANSWERS_AT_LEAST = 60
_AT_FIRST = 10  # answers: a mesh that errs at random is wrong, not regressed, even when it is right once or twice
_NO_ANSWER = ("unsent", "void")


@dataclass(frozen=True, slots=True)
class Series:
    """What one client got for one probe, in the order of sending, and the outcome it should have."""

    probe: str
    client: Client
    expected: str
    answers: tuple[Classified, ...]
    wanted: int = ANSWERS_AT_LEAST

    @property
    def judged(self) -> tuple[Classified, ...]:
        """Those that say something about the mesh."""
        return tuple(answer for answer in self.answers if answer.outcome not in _NO_ANSWER)

    @property
    def wrong(self) -> tuple[Classified, ...]:
        """Judged answers with another outcome than the expected one."""
        return tuple(answer for answer in self.judged if answer.outcome != self.expected)

    @property
    def unsent_share(self) -> float:
        """Requests that never reached the mesh, of all."""
        unsent = sum(answer.outcome == "unsent" for answer in self.answers)
        return unsent / len(self.answers) if self.answers else 1.0

    @property
    def unanswered_share(self) -> float:
        """Requests without an answer that we do not hold against the mesh, of all: nobody knows what became of them."""
        void = (each.observation.answer for each in self.answers if each.outcome == "void")
        lost = sum(answer.failure is Failure.DEADLINE for answer in void)
        return lost / len(self.answers) if self.answers else 0.0


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else happened during the hold that a judgement rests on."""

    witnesses: tuple[Series, ...] = ()
    journal: JournalView | None = None  # None where no outcome needs one
    disturbed: str = ""  # a pod of ours was restarted or not ready: nothing of this hold counts

    @property
    def unsteady(self) -> str:
        """What happened to our own pods: what the API says of them, or their journals, which know it first."""
        restarted = self.journal.restarted if self.journal else ()
        return self.disturbed or (f"our own pods changed: {', '.join(restarted)} restarted" if restarted else "")


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one check."""

    verdict: Verdict
    kind: Kind | None = None
    reason: str = ""
    samples: int = 0
    detectable: float | None = None
    proportions: tuple[Proportion, ...] = ()


def judge_hold(
    series: Sequence[Series], outcomes: Mapping[str, Outcome], around: Circumstances, consequence: Verdict
) -> Judgement:
    """Judge one check by its series, one for each client.

    ``consequence`` is what a wrong outcome means: FAIL, DEVIATION or OBSERVED.
    """
    samples = sum(len(one.judged) for one in series)
    judgement = (
        _unobservable(series, outcomes, around)
        or _wrong(series, consequence)
        or _too_little(series)
        or _absence_unproven(series, outcomes, around)
        or _witness_lost(around.witnesses, consequence)
        or Judgement(_right(consequence))
    )
    return Judgement(judgement.verdict, judgement.kind, judgement.reason, samples, detectable(samples))


def judge_mix(
    series: Sequence[Series],
    plan: Plan,
    outcomes: Mapping[str, Outcome],
    around: Circumstances,
    *,
    consequence: Verdict,
    detects: float,
) -> Judgement:
    """Judge proportions, for each client by itself; any outcome outside the mix is wrong."""
    judgement = _judge_mix(series, plan, outcomes, around, consequence=consequence, detects=detects)
    return replace(judgement, proportions=proportions(series, plan))


def proportions(series: Sequence[Series], plan: Plan) -> tuple[Proportion, ...]:
    """How often each outcome of the mix came in each whole sample, and how often is in order."""
    whole = [(str(one.client), one.judged[: plan.size]) for one in series if len(one.judged) >= plan.size]
    return tuple(
        Proportion(
            client=client,
            outcome=name,
            count=sum(answer.outcome == name for answer in drawn),
            size=plan.size,
            low=low,
            high=high,
        )
        for client, drawn in whole
        for name, (low, high) in plan.limits.items()
    )


def _judge_mix(
    series: Sequence[Series],
    plan: Plan,
    outcomes: Mapping[str, Outcome],
    around: Circumstances,
    *,
    consequence: Verdict,
    detects: float,
) -> Judgement:
    samples = sum(len(one.judged) for one in series)
    unknown = around.unsteady or _miscounted(series, outcomes, around, set(plan.limits))
    if unknown:
        return Judgement(Verdict.ERROR, None, unknown, samples)
    for one in series:
        counts = Counter(answer.outcome for answer in one.judged)
        foreign = {name: count for name, count in counts.items() if name not in plan.limits}
        if foreign:
            text = f"{one.client} got outcomes outside the mix: {_counted(foreign)}"
            leaked = any(answer.leaked for answer in one.judged)
            return Judgement(consequence, Kind.LEAKED if leaked else Kind.WRONG, text, samples)
    short = _too_little(series)
    if short is not None:
        return Judgement(short.verdict, short.kind, short.reason, samples)
    for one in series:
        counts = Counter(answer.outcome for answer in one.judged[: plan.size])
        for name, (low, high) in plan.limits.items():
            if not low <= counts[name] <= high:
                text = f"{one.client} got {counts[name]} of {plan.size} {name}, expected {low} to {high}"
                return Judgement(consequence, Kind.WRONG, text, samples, detects / 100)
    unproven = any(name in outcomes and needs_journal(outcomes[name]) for name in plan.limits)
    trouble = journal_trouble(around, series) if unproven else ""
    if trouble:
        return Judgement(Verdict.ERROR, None, trouble, samples)
    return Judgement(_right(consequence), samples=samples, detectable=detects / 100)


def _right(consequence: Verdict) -> Verdict:
    """A statement that demands nothing is observed, whatever came back."""
    return Verdict.OBSERVED if consequence is Verdict.OBSERVED else Verdict.PASS


def _unobservable(series: Sequence[Series], outcomes: Mapping[str, Outcome], around: Circumstances) -> Judgement | None:
    if around.unsteady:
        return Judgement(Verdict.ERROR, None, around.unsteady)
    trouble = _miscounted(series, outcomes, around, {one.expected for one in series})
    return Judgement(Verdict.ERROR, None, trouble) if trouble else None


def _miscounted(
    series: Sequence[Series], outcomes: Mapping[str, Outcome], around: Circumstances, expected: Collection[str]
) -> str:
    """Why outcomes that count journal entries cannot be told from others; empty where they can, or none does."""
    involved = {*expected, *(answer.outcome for one in series for answer in one.judged)}
    counted = any(name in outcomes and counts_hits(outcomes[name]) for name in involved)
    return journal_trouble(around, series) if counted else ""


def _wrong(series: Sequence[Series], consequence: Verdict) -> Judgement | None:
    wrong = [answer for one in series for answer in one.wrong]
    if not wrong:
        return None
    if any(answer.leaked for answer in wrong):
        kind = Kind.LEAKED
    elif any(answer.outcome != one.expected for one in series for answer in one.judged[:_AT_FIRST]):
        kind = Kind.WRONG
    else:
        kind = Kind.REGRESSED
    total = sum(len(one.judged) for one in series)
    counts = Counter("leaked" if answer.leaked else answer.outcome for answer in wrong)
    text = f"{len(wrong)} of {total} answers were not {series[0].expected}: {_counted(counts)}"
    return Judgement(consequence, kind, text)


def _too_little(series: Sequence[Series]) -> Judgement | None:
    """Errors that make the right answers that we have worth nothing."""
    if not series:
        return Judgement(Verdict.ERROR, None, "nothing was sent")
    for one in series:
        if one.unsent_share > UNSENT_AT_MOST:
            text = f"{one.client} could not send {one.unsent_share:.0%} of the requests: {_why_unsent(one)}"
            return Judgement(Verdict.ERROR, None, text)
        if one.unanswered_share > UNANSWERED_AT_MOST:
            text = f"{one.unanswered_share:.0%} of the requests of {one.client} had no answer"
            why = "while our own loop was late or others took seconds: lost by the mesh, or no time left on the machine"
            return Judgement(Verdict.ERROR, None, f"{text} {why}")
        if early := sum(answer.early for answer in one.answers):  # else a mesh that errs now and then would pass
            text = f"{early} answers of {one.client} came too early, by no more than others took"
            why = "the mesh gave up too soon, or a machine without time left set its timers short"
            return Judgement(Verdict.ERROR, None, f"{text}: {why}")
        if len(one.judged) < one.wanted:
            void = sum(answer.outcome == "void" for answer in one.answers)
            text = f"only {len(one.judged)} of {one.wanted} answers of {one.client} can be judged"
            why = "our own loop was late, answers took long, or clocks could not be compared"
            more = f"; the times of {void} more cannot be believed: {why}" if void else ""
            return Judgement(Verdict.ERROR, None, text + more)
    return None


def _why_unsent(series: Series) -> str:
    details = (answer.observation.answer.detail for answer in series.answers if answer.outcome == "unsent")
    return next((detail for detail in details if detail), "no reason given")


def _absence_unproven(
    series: Sequence[Series], outcomes: Mapping[str, Outcome], around: Circumstances
) -> Judgement | None:
    if not any(one.expected in outcomes and needs_journal(outcomes[one.expected]) for one in series):
        return None
    trouble = journal_trouble(around, series)
    return Judgement(Verdict.ERROR, None, trouble) if trouble else None


def journal_trouble(around: Circumstances, series: Iterable[Series]) -> str:
    """Why the journals of this hold cannot prove that something did not happen; empty when they can."""
    journal = around.journal
    if journal is None:
        return "the journals of the backends were not read"
    if journal.problems:
        return f"the journals of the backends are incomplete: {'; '.join(journal.problems)}"
    answered = [
        answer.observation
        for one in (*around.witnesses, *series)
        for answer in one.answers
        if answer.observation.answer.echo is not None
    ]
    if not answered:
        return "no request of this hold was answered by a backend, so nothing shows that the journals work"
    for observation in answered:
        echo = observation.answer.echo
        seen = {hit.pod for hit in journal.hits.get(observation.id, ())}
        if echo is not None and echo.pod not in seen:
            return f"the journal of {echo.pod} lacks the request {observation.id}, which that pod answered"
    return ""


def _witness_lost(witnesses: Iterable[Series], consequence: Verdict) -> Judgement | None:
    """A right outcome proves nothing while the configuration that it is about is not in force."""
    for witness in witnesses:
        name = f'witness "{witness.probe}" ({witness.expected}) of {witness.client}'
        if witness.wrong:
            counts = Counter(answer.outcome for answer in witness.wrong)
            text = f"the {name} lost its outcome during the hold: {_counted(counts)} of {len(witness.judged)} answers"
            return Judgement(consequence, Kind.REGRESSED, text)
        short = _too_little([witness])
        if short is not None:
            return Judgement(Verdict.ERROR, None, f"the {name} could not be observed: {short.reason}")
    return None


def _counted(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} {name}" for name, count in ordered)
