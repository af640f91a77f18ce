"""The steps of one scenario, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from harness.cluster import ClusterError
from harness.evidence.model import Kind, Verdict
from harness.play import fences, holding, judge, statistics, steady
from harness.play.blame import Blame
from harness.play.changes import Changes
from harness.play.control import Control
from harness.play.joining import Asked, Joining
from harness.play.quality import Change
from harness.play.readers import Reader
from harness.play.records import Basis, Ledger, failed_await
from harness.play.roster import Roster, call_the_roll, disturbance
from harness.play.sending import Pair, Sending
from harness.play.settle import Settlement, Settler
from harness.play.state import RunState
from harness.play.streaming import Streams
from harness.play.workloads import Workloads
from harness.scenario.derived import fence_services
from harness.scenario.model import (
    Apply,
    Await,
    Check,
    Client,
    Delete,
    Hold,
    Join,
    Mix,
    Outcome,
    PatchStatus,
    Reading,
    Scale,
    Scenario,
    Step,
    Stream,
)
from harness.settings import Settings


class StalledError(ClusterError):
    """The mesh takes in no configuration any more: nothing may be applied."""


@dataclass
class Scene:
    """Plays one scenario; its verdicts end up in the ledger. Raises GammaError and ProbeError."""

    scenario: Scenario
    settings: Settings
    settler: Settler
    changes: Changes
    control: Control
    ledger: Ledger
    reader: Reader
    workloads: Workloads
    state: RunState
    _awaited: dict[Pair, Pair] = field(default_factory=dict)  # since the last change; the latest outcome counts
    _changed_at: float | None = None  # when the last change was made; None once its propagation was measured
    _change: Change = "create"  # what kind of change that was
    _bounded: bool = False  # its propagation is known to have taken at most so long
    _known: dict[tuple[str, Client], str] = field(default_factory=dict)  # the outcome that a probe had last
    _outcomes: dict[str, Outcome] = field(default_factory=dict)
    _roster: Roster = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._streams = Streams(self._sending, self.settings.pace)
        self._blame = Blame(self.scenario, self.control, self.state).stalled
        self.reader.blame = self._blame

    def play(self) -> None:
        """All steps; ends early where an await does not arrive."""
        self._outcomes = dict(self.scenario.outcomes)
        self.changes.check_static()
        self.workloads.start(self.changes.services())
        self._roster = self._roll()
        try:
            self._play()
        finally:
            self._streams.end()

    def _play(self) -> None:
        for number, step in enumerate(self.scenario.steps, start=1):
            self._sending.targets.forget()
            self.settler.progress(f"step {number} of {len(self.scenario.steps)}")
            if not self._step(number, step):
                return

    def _step(self, number: int, step: Step) -> bool:
        """Whether the scenario goes on."""
        match step:
            case Apply():
                return self._apply(number, step)
            case Delete():
                return self._delete(step)
            case Await():
                pairs = [pair for probe, name in step.await_.items() for pair in self._pairs(probe, name)]
                return self._await(number, pairs, self._outcomes)
            case Hold():
                return self._hold(number, step)
            case Mix():
                return self._mix(number, step)
            case _:
                self._other(number, step)
                return True

    def _other(self, number: int, step: Scale | Stream | Join | PatchStatus | Reading) -> None:
        match step:
            case Scale():
                self._scale(step)
            case Stream():
                self._stream(step)
            case Join():
                self._join(number, step)
            case _:
                self.reader.play(number, step)

    def _roll(self) -> Roster:
        return call_the_roll(self.changes.cluster, self.settings, self.scenario.id)

    @property
    def _sending(self) -> Sending:
        return self.settler.sending

    @property
    def _witnesses(self) -> tuple[Pair, ...]:
        return tuple(self._awaited)

    def _pairs(self, probe: str, outcome: str) -> list[Pair]:
        found = self.scenario.probes[probe]
        steady = all(step.mix.probe != probe for step in self.scenario.steps if isinstance(step, Mix))
        return [Pair(probe, client, found, outcome, steady) for client in found.clients]

    def _apply(self, number: int, step: Apply) -> bool:
        if self.state.stalled:
            raise StalledError(self.state.stalled)
        if change := self.changes.apply(step.apply, together=step.together):
            self._changed(change)
        if step.fence is None:
            return True
        fence = fences.fence(self.scenario, number, step, fence_services(self.scenario), self.settings)
        self.changes.put(fence.routes)
        self._sending.notebook.note(f"apply the fence for {', '.join(step.fence)}")
        # Tried before the scenario's own outcomes, of which a broad one might hide it.
        return self._await(number, fence.pairs, {**fence.outcomes, **self._outcomes})

    def _delete(self, step: Delete) -> bool:
        if self.state.stalled:
            raise StalledError(self.state.stalled)
        self.changes.delete(step.delete)
        self._changed("delete")
        return True

    def _changed(self, change: Change) -> None:
        self._awaited.clear()
        self._change, self._bounded = change, False
        self._changed_at = self._sending.notebook.at

    def _await(self, number: int, pairs: Sequence[Pair], outcomes: dict[str, Outcome]) -> bool:
        ended = self.settler.settle(number, pairs, outcomes)
        if not ended.arrived:
            self._never(number, ended)
            return False
        shown = ", ".join(f"{pair}: {pair.outcome}" for pair in pairs)
        self._sending.notebook.note(f"witness {shown}", at=ended.since)
        self._measure(number, pairs, ended)
        self._outcomes = outcomes
        for pair in pairs:
            self._awaited.pop(pair, None)
            self._awaited[pair] = pair
        return True

    def _measure(self, number: int, pairs: Sequence[Pair], ended: Settlement) -> None:
        """How long the last change took, where that can be told."""
        before = {pair: self._known.get((pair.name, pair.client), pair.outcome) for pair in pairs if pair.steady}
        turned = any(outcome != pair.outcome for pair, outcome in before.items())
        self._known.update({(pair.name, pair.client): pair.outcome for pair in pairs})
        notebook = self._sending.notebook
        if self._changed_at is None:
            return
        if ended.switched is not None:
            took = max(0.0, ended.switched - self._changed_at)
            self._changed_at = None
            self.state.propagated(took, self.scenario.id)
            slowest = notebook.measurements.get("propagation_s", 0.0)
            notebook.measurements["propagation_s"] = round(max(slowest, took), 4)
            notebook.measured.arrived(self._change, number, took)
        elif turned and not self._bounded:
            # The first answer was right already: all that is known is how long we took to look.
            notebook.measured.arrived(self._change, number, max(0.0, ended.since - self._changed_at), bound=True)
            self._bounded = True

    def _never(self, number: int, ended: Settlement) -> None:
        """An await that did not arrive ends the scenario; the next checks say so."""
        what = "could not be observed" if ended.only_unsent else "never arrived"
        reason = f"the await of step {number} {what} within {ended.waited:.0f} s: {ended.text}"
        self._sending.notebook.note(reason)
        kind = Kind.NEVER_CONVERGED
        disturbed = self._disturbed()
        if disturbed:
            reason = f"{disturbed}; {reason}"
        elif not ended.only_unsent and (stalled := self._blame(number, [pair.client for pair in ended.late], reason)):
            kind, reason = Kind.STALLED, stalled
        checked = self.ledger.next_checked(number)
        if checked is None:
            return
        late = {pair: ended.answers.get(pair, ()) for pair in ended.late}
        for check in self.ledger.open_checks(checked):
            consequence = self.ledger.consequence(check)
            verdict = failed_await(consequence, kind, reason, unsent=ended.only_unsent or bool(disturbed))
            self.ledger.judged(checked, check, verdict, Basis(late, awaited=True))
        self.ledger.rest(Verdict.NOT_RUN, f"the await of step {number} {what}", checked + 1)

    def _hold(self, number: int, step: Hold) -> bool:
        seconds = holding.length(step.hold, self.state.slowest, self.settings.pace)
        lasting = holding.Lasting(step.hold, seconds)
        checked = {check.id: self._pairs(check.probe, str(check.expect)) for check in step.checks}
        pairs = [pair for found in checked.values() for pair in found]
        self.settler.progress(f"hold {seconds:.1f}s  {len(set(pairs) | set(self._witnesses))} probes side by side")
        self._sending.notebook.note(f"hold {seconds:.1f} s")
        begun = self._sending.notebook.at
        held = holding.hold(number, lasting, [*pairs, *self._witnesses], self._outcomes, self._sending)
        self._sending.notebook.note("end of the hold")
        held.measure(self.scenario, self._outcomes, self._sending.notebook.measured)

        def judging(disturbed: str) -> list[judge.Judgement]:
            around = held.circumstances(self._witnesses, disturbed)
            return [
                judge.judge_hold(held.series(checked[one.id]), self._outcomes, around, self.ledger.consequence(one))
                for one in step.checks
            ]

        for check, verdict in zip(step.checks, self._steadily(judging), strict=True):
            self.ledger.judged(number, check, verdict, self._basis(held, checked[check.id], begun))
        return True

    def _mix(self, number: int, step: Mix) -> bool:
        for check in step.checks:
            shares = check.expect if isinstance(check.expect, dict) else {check.expect: 100.0}
            pairs = self._pairs(step.mix.probe, "")
            plan = statistics.plan(shares, step.mix.detects, len(pairs))
            self.settler.progress(f"drawing {plan.size} answers to {step.mix.probe}")
            self._sending.notebook.note(f"draw {plan.size} answers to {step.mix.probe}")
            begun = self._sending.notebook.at
            held = holding.draw(number, pairs, plan, self._outcomes, self._sending)
            self._sending.notebook.note("end of the sample")
            judging = partial(self._proportions, step, check, plan, held)
            (verdict,) = self._steadily(judging)
            self.ledger.judged(number, check, verdict, self._basis(held, pairs, begun))
        return True

    def _proportions(
        self, step: Mix, check: Check, plan: statistics.Plan, held: holding.Held, disturbed: str
    ) -> list[judge.Judgement]:
        found = judge.judge_mix(
            held.series(self._pairs(step.mix.probe, ""), plan.size),
            plan,
            self._outcomes,
            held.circumstances((), disturbed),
            consequence=self.ledger.consequence(check),
            detects=step.mix.detects,
        )
        return [found]

    def _scale(self, step: Scale) -> None:
        if self.state.stalled:
            raise StalledError(self.state.stalled)
        disturbed = self._disturbed()
        if disturbed:
            raise ClusterError(disturbed)
        self.workloads.scale(step.scale, step.to, self.changes.services())
        self._changed("update")  # only now: how long pods take to start or end is no propagation
        self._roster = self._roll()

    def _stream(self, step: Stream) -> None:
        pairs = [pair for probe in step.stream for pair in self._pairs(probe, "")]
        self._sending.notebook.note(f"stream {', '.join(map(str, pairs))}")
        self._streams.start(pairs)

    def _join(self, number: int, step: Join) -> None:
        seconds = holding.length(step.join, self.state.slowest, self.settings.pace)
        checked = {check.id: self._pairs(check.probe, str(check.expect)) for check in step.checks}
        joining = Joining(self._streams, self._sending, self.ledger, self.settler.progress)
        joining.join(number, step, seconds, Asked(checked, self._witnesses, self._outcomes, self._steadily))

    def _disturbed(self) -> str:
        return disturbance(self._roster, self._roll())

    def _steadily(self, judging: steady.Judging) -> Sequence[judge.Judgement]:
        return steady.judged(judging, self._disturbed, self._wait_for_news)

    def _wait_for_news(self) -> None:
        self._sending.clock.sleep(steady.LATE_NEWS * self.settings.pace)

    def _basis(self, held: holding.Held, pairs: Sequence[Pair], begun: float) -> Basis:
        answers = {pair: held.answers.get(pair, ()) for pair in pairs}
        return Basis(answers, held.journal, self._witnesses, self._sending.notebook.at - begun)
