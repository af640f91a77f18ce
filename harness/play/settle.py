"""Waiting until outcomes are reached: the logic of ``await``, fences and controls.

A pair has settled when its outcome came ``consecutive`` times in a row and for at least ``settledFor``; an await has
arrived when all its pairs are settled at the same time. Requests that we could not send, or could not time, neither
help nor harm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.play.classify import Classified, counts_hits, needs_journal
from harness.play.copies import read_journals
from harness.play.ports import Progress
from harness.play.sending import Load, Pair, Sending
from harness.scenario.model import Outcome

CONSECUTIVE = 5
LIMIT = 30.0  # seconds, times the run's patience: the longest that upstream's own tests call conformant
QUIET = 7.0  # seconds without requests, once, for proxies that cache "no such destination" while it is used
_RETRY_UNSENT = 0.5  # seconds between tries while names do not resolve
_ROUNDS = 3  # at least, however long answers take: one round may be disturbed by ourselves
_ROUNDS_BY_CHANCE = 40  # the same where weights decide: with few answers five in a row may never come up
_MUCH_LONGER = 4.0  # times the limit, and no rounds are waited for any more
_KEPT = 200  # answers of each pair kept for the report


@dataclass
class Streak:
    """How long a pair has had its outcome. Pure."""

    wanted: str
    settled_for: float
    count: int = 0
    since: float = 0.0
    last: float = 0.0
    switched: bool = False  # another outcome came before this one
    seen: Counter[str] = field(default_factory=Counter)

    def add(self, answer: Classified) -> None:
        """Take in the next answer, in the order of sending."""
        self.seen[answer.outcome] += 1
        if answer.outcome in ("unsent", "void"):
            return
        at = answer.observation.started
        if answer.outcome != self.wanted:
            self.count = 0
            self.switched = True
            return
        if self.count == 0:
            self.since = at
        self.count += 1
        self.last = at

    @property
    def settled(self) -> bool:
        """Whether the outcome may be believed."""
        return self.count >= CONSECUTIVE and self.last - self.since >= self.settled_for

    @property
    def only_unsent(self) -> bool:
        """Whether nothing ever came that says something about the mesh."""
        return set(self.seen) <= {"unsent", "void"}


@dataclass(frozen=True, slots=True)
class Settlement:
    """How an await ended."""

    arrived: bool
    since: float  # when the last pair began to have its outcome, in seconds since the scenario began
    switched: float | None  # the same, of the pairs that were seen to change; None where none was
    waited: float
    late: tuple[Pair, ...]  # pairs that had not settled
    only_unsent: bool  # of the late pairs nothing was ever seen
    answers: Mapping[Pair, Sequence[Classified]]

    @property
    def text(self) -> str:
        """What did not arrive, with what came instead."""
        return "; ".join(f'"{pair}" was not {pair.outcome} but {self._got(pair)}' for pair in self.late)

    def _got(self, pair: Pair) -> str:
        counts = Counter(answer.outcome for answer in self.answers.get(pair, ()))
        return ", ".join(f"{count} {name}" for name, count in counts.most_common()) or "never sent"


@dataclass(frozen=True, slots=True)
class Patience:
    """The times of the run's profile, in seconds.

    `by_chance` is the limit of waiting for what is there already and, because weights decide, only now and then: a
    hurried run does not shorten that.
    """

    settled_for: float
    limit: float
    quiet: float
    by_chance: float = 0.0

    @property
    def interval(self) -> float:
        """Between two tries: five of them must span ``settled_for``, and must not be a load."""
        return max(self.settled_for / (CONSECUTIVE - 1) * 1.05, 0.015)


@dataclass(frozen=True, slots=True)
class Settler:
    """Waits for outcomes of one scenario."""

    sending: Sending
    patience: Patience
    progress: Progress

    def settle(self, step: int, pairs: Sequence[Pair], outcomes: Mapping[str, Outcome]) -> Settlement:
        """Try all pairs side by side, round by round, until all have settled or the time is over.

        Raises ProbeError where journals are needed and cannot be asked.
        """
        clock, limit = self.sending.clock, self.patience.limit
        begun, in_time = clock.now(), self.sending.notebook.at + limit
        streaks = {pair: Streak(pair.outcome, self.patience.settled_for) for pair in pairs}
        kept: dict[Pair, list[Classified]] = {pair: [] for pair in pairs}
        quiet_done = False
        rounds = 0
        while True:
            rounds += 1
            for pair, answers in self._round(step, pairs, outcomes).items():
                for answer in answers:
                    streaks[pair].add(answer)
                kept[pair] = (kept[pair] + answers)[-_KEPT:]
            waited = clock.now() - begun
            late = tuple(pair for pair in pairs if not streaks[pair].settled)
            chance = bool(late) and all(not pair.steady and pair.outcome in streaks[pair].seen for pair in late)
            begins = all(streaks[pair].count and streaks[pair].since <= in_time for pair in late)
            if not late or self._over(waited, rounds, chance=chance, begins=begins):
                only_unsent = bool(late) and all(streaks[pair].only_unsent for pair in late)
                since = max(streak.since for streak in streaks.values())
                # Where weights decide, a streak begins by chance and tells nothing of how long the change took.
                seen = [streak.since for pair, streak in streaks.items() if streak.switched and pair.steady]
                switched = max(seen, default=None)
                return Settlement(not late, since, switched, waited, late, only_unsent, kept)
            self.progress(_waiting(waited, late, streaks))
            if not quiet_done and waited >= limit / 3:
                quiet_done = True
                self._leave_alone()
            elif all(streaks[pair].only_unsent for pair in late):
                self.sending.targets.forget()
                clock.sleep(_RETRY_UNSENT)

    def _over(self, waited: float, rounds: int, *, chance: bool, begins: bool) -> bool:
        """Whether it has been waited long enough, and tried often enough, on a slow machine too.

        What begins in time may prove itself after it: the limit is for the mesh, and the proof is ours.
        """
        if begins and waited < _MUCH_LONGER * self.patience.limit:
            return False
        if not chance:
            return waited >= self.patience.limit and rounds >= _ROUNDS
        limit = max(self.patience.limit, self.patience.by_chance)
        possible = limit / (self.patience.interval * CONSECUTIVE)  # rounds, were every answer there at once
        enough = max(_ROUNDS, min(_ROUNDS_BY_CHANCE, possible))
        return waited >= limit and (rounds >= enough or waited >= _MUCH_LONGER * limit)

    def _round(self, step: int, pairs: Sequence[Pair], outcomes: Mapping[str, Outcome]) -> dict[Pair, list[Classified]]:
        """A few tries of every pair; one more than must be right, so that a single late start costs no round."""
        counted = any(counts_hits(outcome) for outcome in outcomes.values())
        mark = self.sending.mark() if counted else None
        got = self.sending.send(dict.fromkeys(pairs, Load(self.patience.interval, count=CONSECUTIVE + 1)))
        journal = read_journals(mark, got, {pair: (pair.outcome,) for pair in pairs}, outcomes, self.sending)
        classified = self.sending.classify(got, outcomes, journal)
        self.sending.record(step, classified)
        return classified

    def _leave_alone(self) -> None:
        quiet = self.patience.quiet
        text = f"sending nothing for {quiet:g} s, so that proxies forget what they cached"
        self.progress(text)
        self.sending.notebook.note(text)
        self.sending.clock.sleep(quiet)


def _waiting(waited: float, late: Sequence[Pair], streaks: Mapping[Pair, Streak]) -> str:
    """``waiting 1.4s  quick from consumer: 3/5 by-consumer``."""
    shown = ", ".join(f"{pair}: {min(streaks[pair].count, CONSECUTIVE)}/{CONSECUTIVE} {pair.outcome}" for pair in late)
    return f"waiting {waited:.1f}s  {shown}"


def relies_on_journal(outcomes: Mapping[str, Outcome]) -> bool:
    """Whether any outcome says something that only the backends' journals know."""
    return any(needs_journal(outcome) for outcome in outcomes.values())
