"""``join``: the final stretch of streams, judged with the witnesses of the last change beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.play import holding, judge, streaming
from harness.play.holding import Lasting
from harness.play.ports import Progress
from harness.play.records import Basis, Ledger
from harness.play.sending import Pair, Sending
from harness.play.settle import relies_on_journal
from harness.play.steady import Steadily
from harness.play.streaming import Streams, Stretch
from harness.scenario.model import Join, Outcome

_PATIENCE = 5.0  # times the length of the stretch
_PATIENCE_AT_LEAST = 5.0  # seconds; where a run is hurried, answers still take what they take
_LOOK_AGAIN = 0.5  # seconds


@dataclass(frozen=True, slots=True)
class Asked:
    """What a join has to judge, and what that rests on."""

    checked: Mapping[str, Sequence[Pair]]  # by the id of the check
    witnesses: Sequence[Pair]
    outcomes: Mapping[str, Outcome]
    steadily: Steadily  # judges by what happened to our own pods meanwhile


@dataclass(frozen=True, slots=True)
class Joining:
    """Ends the streams of one scenario; its verdicts end up in the ledger."""

    streams: Streams
    sending: Sending
    ledger: Ledger
    progress: Progress

    def join(self, number: int, step: Join, seconds: float, asked: Asked) -> None:
        """Let the streams go on for so long, end them and judge. Raises ProbeError and ClusterError."""
        streamed, notebook = self.streams.pairs, self.sending.notebook
        seconds = streaming.longest(seconds, [self.streams.load(pair) for pair in streamed])
        self.progress(f"join {seconds:.1f}s  {len(streamed)} streams")
        notebook.note(f"join {seconds:.1f} s: what comes from now on is judged")
        mark = self.sending.mark() if relies_on_journal(asked.outcomes) else None
        begun = notebook.at
        unstreamed = [pair for pair in asked.witnesses if pair not in streamed]
        beside = self._beside(number, Lasting(step.join, seconds), unstreamed, asked)
        self._wait_for_answers(begun, seconds)
        wanted_of = {pair: {pair.outcome} for pairs in asked.checked.values() for pair in pairs}
        joined = streaming.join(number, self.streams, Stretch(begun, mark), wanted_of, asked.outcomes)
        notebook.note("end of the streams")
        lasting = joined.final.series(pair for pair in asked.witnesses if pair in streamed)
        lasting += beside.series(unstreamed) if beside else ()
        journal = streaming.merged(joined.final, beside)

        def judging(disturbed: str) -> list[judge.Judgement]:
            around = judge.Circumstances(lasting, journal, disturbed)
            return [
                judge.judge_hold(
                    joined.final.series(asked.checked[one.id]), asked.outcomes, around, self.ledger.consequence(one)
                )
                for one in step.checks
            ]

        for check, verdict in zip(step.checks, asked.steadily(judging), strict=True):
            pairs = asked.checked[check.id]
            answers = {pair: joined.final.answers.get(pair, ()) for pair in pairs}
            basis = Basis(answers, joined.final.journal, asked.witnesses, notebook.at - begun)
            self.ledger.judged(number, check, verdict, basis)
        last = {pair: pair.outcome for pairs in asked.checked.values() for pair in pairs}
        smooth = {pair: streaming.transition(joined.whole.get(pair, ()), name) for pair, name in last.items()}
        notebook.measurements.update(streaming.added(notebook.measurements, streaming.measured(smooth)))

    def _wait_for_answers(self, since: float, seconds: float) -> None:
        """Until every stream has answers enough to be judged, or has had several times as long as it ought to need."""
        notebook, limit = self.sending.notebook, since + max(_PATIENCE * seconds, _PATIENCE_AT_LEAST)
        while notebook.at < limit and (lacking := self.streams.lacking(since)):
            self.progress(f"waiting for more answers of {', '.join(str(pair) for pair in lacking)}")
            self.sending.clock.sleep(_LOOK_AGAIN)

    def _beside(self, number: int, lasting: Lasting, witnesses: Sequence[Pair], asked: Asked) -> holding.Held | None:
        """The witnesses that are not streamed, held for as long; without any, the time just passes."""
        if witnesses:
            return holding.hold(number, lasting, witnesses, asked.outcomes, self.sending)
        self.sending.clock.sleep(lasting.seconds)
        return None
