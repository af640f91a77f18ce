"""``stream`` and ``join``: probes that are sent in the background while something changes.

Only the final stretch, after the join began, is judged. What came before is measured, as quality: no statement forbids
that requests are lost, or that two configurations overlap, while a change propagates.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.observation import Failure, JournalView, Observation
from harness.play.classify import Classified
from harness.play.copies import WantedOf, read_journals
from harness.play.holding import MIX_RATE, Held, finish, wanted
from harness.play.sending import Got, Load, Pair, Sending, Started
from harness.prober import JournalMark, ProbeError
from harness.scenario.model import Outcome

LONGEST = 900.0  # seconds until a stream that nobody joins ends by itself
_NO_ANSWER = ("unsent", "void")


@dataclass
class Streams:
    """The streams of one scenario."""

    sending: Sending
    pace: float = 1.0  # below 1 in a hurried run, which sends that much faster
    _running: dict[Pair, Started] = field(default_factory=dict)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """What is being streamed."""
        return tuple(self._running)

    def start(self, pairs: Sequence[Pair]) -> None:
        """Begin to send for all of these, each at its rate."""
        fresh = [pair for pair in pairs if pair not in self._running]
        loads = {pair: self.load(pair) for pair in fresh}
        for one in self.sending.start(loads) if loads else ():
            self._running[one.pair] = one

    def load(self, pair: Pair) -> Load:
        """How this one is streamed."""
        rate = max(pair.probe.rate, min(pair.probe.rate / self.pace, MIX_RATE))
        return Load(1.0 / rate, duration=LONGEST, min_count=wanted(pair.probe))

    def lacking(self, since: float) -> tuple[Pair, ...]:
        """Streams with too few answers since then, in seconds since the scenario began. Raises ProbeError.

        One kept connection carries one request at a time: where answers are slow there are fewer than were due.
        """
        return tuple(pair for pair, one in self._running.items() if _answers(one, since) < wanted(pair.probe))

    def end(self) -> list[Got]:
        """End all streams; what they got."""
        running, self._running = list(self._running.values()), {}
        for one in running:
            try:
                one.stop()
            except ProbeError as error:  # collecting tells it, too
                self.sending.notebook.note(f"the stream of {one.pair} could not be stopped: {error}")
        return self.sending.collect(running)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The final stretch of streams."""

    since: float  # when it began, in seconds since the scenario began
    mark: JournalMark | None  # where the journals stood then; None where no outcome needs them


@dataclass(frozen=True, slots=True)
class Joined:
    """What streams got: all of it, and what belongs to the final stretch."""

    whole: Mapping[Pair, Sequence[Classified]]
    final: Held


def join(
    step: int,
    streams: Streams,
    stretch: Stretch,
    wanted_of: WantedOf,
    outcomes: Mapping[str, Outcome],
) -> Joined:
    """End the streams; ``wanted_of`` are the outcomes that the final stretch should have."""
    got = streams.end()
    journal = read_journals(stretch.mark, got, wanted_of, outcomes, streams.sending)
    held = finish(step, got, journal, outcomes, streams.sending)
    final = {
        pair: tuple(answer for answer in answers if answer.observation.started >= stretch.since or _never_sent(answer))
        for pair, answers in held.answers.items()
    }
    return Joined(held.answers, Held(final, held.journal))


def _answers(stream: Started, since: float) -> int:
    """How many answers a stream got to what it sent since then; one that could not begin lacks nothing more."""
    if isinstance(stream.running, Observation):
        return wanted(stream.pair.probe)
    return sum(stream.begun + one.started >= since for one in stream.running.peek())


def longest(seconds: float, streams: Sequence[Load]) -> float:
    """How long the final stretch has to be for enough answers of every stream."""
    return max([seconds, *((load.min_count + 1) * load.interval for load in streams)])


def _never_sent(answer: Classified) -> bool:
    """Whether a whole stream could not be sent: that is part of every stretch of it."""
    return answer.observation.id == "" and answer.observation.answer.failure in (Failure.AGENT, Failure.UNRESOLVED)


@dataclass(frozen=True, slots=True)
class Transition:
    """How smoothly one stream went over from the outcomes before a change to the one after it."""

    requests: int
    lost: int  # requests without a whole answer, or with one that neither a backend gave nor an outcome describes
    overlap: float  # seconds from the first answer of the new outcome to the last one of another
    returns: int  # how often the new outcome was followed by another one
    reopened: int  # met a kept connection that the peer had closed, and were sent again


def transition(answers: Sequence[Classified], final: str) -> Transition:
    """How one stream went over, whose last outcome is ``final``. Pure."""
    seen = [answer for answer in answers if answer.outcome not in _NO_ANSWER]
    new = [index for index, answer in enumerate(seen) if answer.outcome == final]
    old = [index for index, answer in enumerate(seen) if answer.outcome != final]
    overlap = 0.0
    if new and old and old[-1] > new[0]:
        overlap = seen[old[-1]].observation.started - seen[new[0]].observation.started
    pairs = itertools.pairwise(seen)
    return Transition(
        requests=len(seen),
        lost=sum(_is_lost(answer) for answer in seen),
        overlap=overlap,
        returns=sum(before.outcome == final != after.outcome for before, after in pairs),
        reopened=sum(answer.observation.reopened for answer in seen),
    )


def _is_lost(answer: Classified) -> bool:
    what = answer.observation.answer
    return what.failure is not None or (answer.outcome == "other" and what.echo is None)


def measured(streams: Mapping[Pair, Transition]) -> dict[str, float]:
    """The measurements of a scenario: sums over its streams, and the longest overlap."""
    if not streams:
        return {}
    found = streams.values()
    return {
        "stream_sent": float(sum(one.requests for one in found)),
        "stream_lost": float(sum(one.lost for one in found)),
        "stream_returns": float(sum(one.returns for one in found)),
        "stream_reopened": float(sum(one.reopened for one in found)),
        "stream_overlap_s": round(max(one.overlap for one in found), 4),
    }


def added(before: Mapping[str, float], now: Mapping[str, float]) -> dict[str, float]:
    """Measurements of a second join beside those of the first: sums, and the longest overlap."""
    longest = "stream_overlap_s"
    return {
        name: max(before.get(name, 0.0), value) if name == longest else before.get(name, 0.0) + value
        for name, value in now.items()
    }


def merged(final: Held, beside: Held | None) -> JournalView | None:
    """What backends journalled of the final stretch and of the witnesses beside it."""
    views = [one.journal for one in (final, beside) if one is not None and one.journal is not None]
    if not views:
        return None
    hits = {name: found for view in views for name, found in view.hits.items()}
    pods = frozenset(pod for view in views for pod in view.pods)
    problems = tuple(dict.fromkeys(text for view in views for text in view.problems))
    restarted = tuple(dict.fromkeys(pod for view in views for pod in view.restarted))
    return JournalView(hits, pods, problems, restarted)
