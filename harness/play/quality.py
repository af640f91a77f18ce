"""What is measured beside conformance: propagation, accuracy of timeouts, retries that nobody asked for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from harness.evidence.model import Propagation, Quality
from harness.observation import JournalView
from harness.play.classify import Classified
from harness.scenario.derived import applied_objects
from harness.scenario.model import Outcome, Scenario
from spec.features import values_at

Change = Literal["create", "update", "delete"]

#: Fields by which a route asks that a backend sees a request more than once, or that another one sees it too.
_COPIES = (
    "spec.rules[].retry",
    "spec.rules[].filters[].requestMirror",
    "spec.rules[].filters[].externalAuth",
    "spec.rules[].backendRefs[].filters[].requestMirror",
    "spec.rules[].backendRefs[].filters[].externalAuth",
)
_UNASKED = ("unsent", "void")


@dataclass
class Measured:
    """Collects while a scenario is played."""

    _propagation: list[Propagation] = field(default_factory=list)
    _late: list[float] = field(default_factory=list)
    _asked: int = 0
    _repeated: int = 0

    def arrived(self, change: Change, step: int, seconds: float, *, bound: bool = False) -> None:
        """A change was in force after so many seconds, or (`bound`) at most so many, by the await of this step."""
        self._propagation.append(Propagation(change=change, step=step, seconds=round(seconds, 4), bound=bound))

    def held(
        self,
        scenario: Scenario,
        answers: Iterable[Classified],
        outcomes: Mapping[str, Outcome],
        journal: JournalView | None,
    ) -> None:
        """The answers of a hold, and what backends journalled of them where they were asked."""
        answers = list(answers)
        self._late += lateness(answers, outcomes)
        if journal is not None and not asks_for_copies(scenario):
            asked, repeated = repeats(answers, journal)
            self._asked += asked
            self._repeated += repeated

    def record(self) -> Quality:
        """For the scenario's record."""
        return Quality(
            propagation=tuple(self._propagation), late=tuple(self._late), asked=self._asked, repeated=self._repeated
        )


def lateness(answers: Iterable[Classified], outcomes: Mapping[str, Outcome]) -> list[float]:
    """Seconds from when a timeout was due to when its answer came, for each answer that is a timeout in time."""
    due = {name: outcome.timedOut.after for name, outcome in outcomes.items() if outcome.timedOut is not None}
    return [round(one.observation.elapsed - due[one.outcome], 4) for one in answers if one.outcome in due]


def asks_for_copies(scenario: Scenario) -> bool:
    """Whether any route retries, mirrors or asks for permission, so that backends may see a request more than once."""
    return any(any(values_at(obj, path)) for obj in applied_objects(scenario) for path in _COPIES)


def repeats(answers: Iterable[Classified], journal: JournalView) -> tuple[int, int]:
    """How many requests backends can tell about, and how many of these they saw more than once.

    What our own client sent again does not count, nor anything while the journals have gaps.
    """
    if not journal.complete:
        return 0, 0
    sent = [one for one in answers if one.outcome not in _UNASKED and not one.observation.reopened]
    seen = [len(journal.hits.get(one.observation.id, ())) for one in sent]
    return sum(number > 0 for number in seen), sum(number > 1 for number in seen)
