"""The records of a scenario, made from what its steps brought in. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.evidence.model import Answer, CheckRecord, Event, Kind, OutcomeCount, Sample, Verdict
from harness.evidence.quote import quote
from harness.observation import JournalView
from harness.play import describe
from harness.play.classify import Classified
from harness.play.judge import Judgement
from harness.play.sending import Pair
from harness.scenario import wording
from harness.scenario.model import Check, Judged, Scenario, checks_of
from harness.settings import Settings
from spec import requirements

_ANSWERS = 50  # of a check that was not met; the evidence folder has them all
_UNMET = (Verdict.FAIL, Verdict.DEVIATION, Verdict.ERROR)
_CONSEQUENCES = {"fail": Verdict.FAIL, "deviation": Verdict.DEVIATION, "observed": Verdict.OBSERVED}


@dataclass(frozen=True, slots=True)
class Basis:
    """The answers that a verdict rests on: to the check's probe or, where an await failed, to the awaited ones."""

    answers: Mapping[Pair, Sequence[Classified]]
    journal: JournalView | None = None
    witnesses: Sequence[Pair] = ()
    duration: float = 0.0
    awaited: bool = False  # the answers are those of an await that did not arrive


@dataclass(frozen=True, slots=True)
class Read:
    """What a verdict on the Kubernetes API rests on."""

    request: str  # what was read or asked
    expected: str  # empty: as the check says itself
    observed: Sequence[tuple[str, str]]  # a word for each answer, and the answer
    likely: str = ""
    commands: tuple[str, ...] = ()
    duration: float = 0.0


def consequence(check: Judged) -> Verdict:
    """What a wrong outcome of a check means, by the strongest statement that it proves."""
    catalogue = requirements.load()
    proved = [catalogue[name] for name in check.proves if name in catalogue]
    return _CONSEQUENCES[requirements.strongest(proved)]


@dataclass
class Ledger:
    """The checks of a scenario and what became of them; every check ends up in it exactly once."""

    scenario: Scenario
    settings: Settings
    timeline: Callable[[], tuple[Event, ...]]
    _records: dict[str, CheckRecord] = field(default_factory=dict)

    def open_checks(self, step: int) -> list[Judged]:
        """The checks of a step (from 1) that have no verdict yet."""
        return [check for check in checks_of(self.scenario.steps[step - 1]) if check.id not in self._records]

    def judged(self, step: int, check: Judged, judgement: Judgement, basis: Basis) -> None:
        """Enter a verdict that rests on answers."""
        flat = [answer for given in basis.answers.values() for answer in given]
        counts = describe.counted(flat, self.scenario.outcomes, _samples(basis.answers, basis.journal))
        seen = {count.outcome: count.count for count in counts}
        bad = judgement.verdict in (Verdict.FAIL, Verdict.DEVIATION, Verdict.OBSERVED)
        witnesses = [(witness.name, witness.outcome) for witness in basis.witnesses]
        self._enter(
            step,
            check,
            judgement,
            step_text=describe.step(self.scenario.steps[step - 1], witnesses),
            observed=counts,
            answers=_answers(check, basis) if judgement.verdict in _UNMET else (),
            wrong=_wrong(check, basis, seen) if bad else (),
            likely=self._likely(check, basis, seen) if bad else "",
            duration=basis.duration,
            **self._asked(step, check, basis),
        )

    def read(self, step: int, check: Judged, judgement: Judgement, read: Read) -> None:
        """Enter a verdict that rests on what the Kubernetes API says."""
        bad = judgement.verdict in (Verdict.FAIL, Verdict.DEVIATION, Verdict.OBSERVED)
        counts = [OutcomeCount(outcome=word, description=text, count=1) for word, text in read.observed]
        self._enter(
            step,
            check,
            judgement,
            request=read.request,
            expected=read.expected or wording.expected_reading(check),
            observed=tuple(counts),
            likely=read.likely if bad else "",
            reproduce=read.commands,
            duration=read.duration,
        )

    def _asked(self, step: int, check: Judged, basis: Basis) -> dict[str, object]:
        """Request, expectation and command: the check's own or, where an await failed, the first awaited one's."""
        outcomes = self.scenario.outcomes
        counted = False
        if basis.awaited and basis.answers:
            late = next(iter(basis.answers))
            probe, client = late.probe, late.client
            request = describe.request(probe, client)
            expected = (
                describe.outcome(late.outcome, outcomes[late.outcome]) if late.outcome in outcomes else late.outcome
            )
        elif isinstance(check, Check):
            probe = self.scenario.probes[check.probe]
            request, expected = describe.requests(probe), describe.expected(check, outcomes)
            client = probe.clients[0]
            counted = not isinstance(check.expect, str)
        else:
            return {"expected": wording.expected_reading(check)}
        namespace = self.settings.namespace(client.role)
        send = describe.send_command(probe, client, _literal(probe.url, basis), namespace, counted=counted)
        return {
            "request": request,
            "expected": expected,
            "reproduce": describe.reproduce(self.scenario.id, step, send, self.settings.namespace_prefix),
        }

    def _likely(self, check: Judged, basis: Basis, seen: Mapping[str, int]) -> str:
        """What the check itself says of the wrong outcomes; where an await failed, what others say of its probes."""
        probes = {pair.name for pair in basis.answers}
        own = [check] if isinstance(check, Check) else []
        about = [*own, *(other for other in self.scenario.traffic_checks if other.probe in probes)]
        texts = (describe.likely(one, {name: n for name, n in seen.items() if name != one.expect}) for one in about)
        return next((text for text in texts if text), "")

    def rest(self, verdict: Verdict, reason: str, from_step: int = 1) -> None:
        """The same verdict for all checks from a step on that have none yet."""
        for number in range(from_step, len(self.scenario.steps) + 1):
            for check in self.open_checks(number):
                self._enter(number, check, Judgement(verdict, None, reason), **self._asked(number, check, Basis({})))

    def stalled(self, reason: str) -> None:
        """What passed counts for nothing: the mesh did not survive the scenario."""
        for check in self.scenario.checks:
            record = self._records.get(check.id)
            if record is not None and record.verdict is Verdict.PASS:
                changed = {"verdict": self.consequence(check), "kind": Kind.STALLED, "reason": reason}
                self._records[check.id] = record.model_copy(update=changed)

    @property
    def failed(self) -> bool:
        """Whether any check so far was judged to fail, or could not be judged."""
        return any(record.verdict in (Verdict.FAIL, Verdict.ERROR) for record in self._records.values())

    def so_far(self) -> tuple[CheckRecord, ...]:
        """The checks that have a verdict by now."""
        return tuple(self._records.values())

    def records(self) -> tuple[CheckRecord, ...]:
        """All checks, in the order of the file."""
        return tuple(self._records[check.id] for check in self.scenario.checks)

    def consequence(self, check: Judged) -> Verdict:
        """What a wrong outcome of this check means."""
        return consequence(check)

    def next_checked(self, step: int) -> int | None:
        """The first step after ``step`` that has checks."""
        later = range(step + 1, len(self.scenario.steps) + 1)
        return next((number for number in later if self.open_checks(number)), None)

    def _enter(self, step: int, check: Judged, judgement: Judgement, **more: object) -> None:
        scenario = self.scenario
        text = describe.step(scenario.steps[step - 1])
        record = {
            "id": f"{scenario.id}/{check.id}",
            "scenario": scenario.id,
            "check": check.id,
            "file": check.mark.file,
            "line": check.mark.line,
            "step": step,
            "steps": len(scenario.steps),
            "step_text": text,
            "verdict": judgement.verdict,
            "kind": judgement.kind,
            "reason": judgement.reason,
            "samples": judgement.samples,
            "detectable": judgement.detectable,
            "proportions": judgement.proportions,
            "proves": quote(check.proves),
            "timeline": self.timeline(),
            "evidence": f"evidence/{scenario.id}",
        }
        self._records.setdefault(check.id, CheckRecord.model_validate({**record, **more}))


def _answers(check: Judged, basis: Basis) -> tuple[Answer, ...]:
    """Some of the answers, in order of time: the first that are wrong, then the first of the others."""
    wanted = () if basis.awaited or not isinstance(check, Check) else check.expect
    right = {wanted} if isinstance(wanted, str) else set(wanted)
    flat = [
        (one, one.outcome in ({pair.outcome} if basis.awaited else right))
        for pair, given in basis.answers.items()
        for one in given
    ]
    kept = sorted(flat, key=lambda item: (item[1], item[0].observation.started))[:_ANSWERS]
    return tuple(_answer(one, basis.journal) for one, _ in sorted(kept, key=lambda item: item[0].observation.started))


def _answer(one: Classified, journal: JournalView | None) -> Answer:
    seen = one.observation
    hits = journal.hits.get(seen.id, ()) if journal is not None else None
    return Answer(
        id=seen.id,
        client=str(seen.client),
        at=round(seen.started, 3),
        elapsed_ms=round(seen.elapsed * 1000, 3),
        connection=seen.connection,
        outcome="leaked" if one.leaked else one.outcome,
        summary=describe.observation(seen, hits),
        hits=None if hits is None else len(hits),
    )


def _wrong(check: Judged, basis: Basis, seen: Mapping[str, int]) -> tuple[str, ...]:
    """The outcomes that were seen instead of the expected ones, most frequent first; ours are none of the mesh's."""
    if basis.awaited:
        late = [(pair.outcome, one.outcome) for pair, given in basis.answers.items() for one in given]
        names = {found for wanted, found in late if found != wanted}
    else:
        wanted = check.expect if isinstance(check, Check) else ()
        names = set(seen) - ({wanted} if isinstance(wanted, str) else set(wanted))
    return tuple(name for name in seen if name in names and name not in ("unsent", "void"))


def failed_await(judged_as: Verdict, kind: Kind, reason: str, unsent: bool) -> Judgement:
    """The judgement on checks that an await before them never reached."""
    return Judgement(Verdict.ERROR, None, reason) if unsent else Judgement(judged_as, kind, reason)


def _literal(url: str, basis: Basis) -> str:
    """The URL as it was sent: clusterip:// and podip:// stand for the address that was dialled."""
    scheme, _, rest = url.partition("://")
    if scheme not in ("clusterip", "podip"):
        return url
    dialled = (answer.observation.address for given in basis.answers.values() for answer in given)
    address = next((one for one in dialled if one), "")
    return f"http://{address}/{rest.partition('/')[2]}" if address else url


def _samples(answers: Mapping[Pair, Sequence[Classified]], journal: JournalView | None) -> dict[str, Sample]:
    """The first answer of each outcome, as an example."""
    samples: dict[str, Sample] = {}
    for pair, given in answers.items():
        for answer in given:
            if answer.outcome not in samples:
                samples[answer.outcome] = _sample(pair, answer, journal)
    return samples


def _sample(pair: Pair, answer: Classified, journal: JournalView | None) -> Sample:
    seen = answer.observation
    hits = journal.hits.get(seen.id, ()) if journal is not None else None
    echo = seen.answer.echo
    saw = echo.saw if echo else None
    return Sample(
        id=seen.id,
        client=str(seen.client),
        address=seen.address,
        request=f"{describe.verb(pair.probe)} {pair.probe.url}",
        status=seen.answer.status,
        backend=echo.name if echo else None,
        summary=describe.observation(seen, hits),
        elapsed_ms=round(seen.elapsed * 1000, 3),
        at=round(seen.started, 3),
        headers=seen.answer.headers,
        trailers=seen.answer.trailers,
        backend_saw=None
        if saw is None
        else {
            "method": saw.method,
            "path": saw.path,
            "host": saw.host,
            "protocol": saw.protocol,
            "headers": [list(pair) for pair in saw.headers],
            **({"body": saw.body} if saw.body != "" else {}),
            **({"sni": saw.sni} if saw.sni else {}),
        },
        backend_hits=None if hits is None else len(hits),
    )
