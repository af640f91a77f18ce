"""Reading journals in which copies of a request, by mirrors and retries, may still be missing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from harness.observation import JournalView
from harness.play.journalled import lacks_hits
from harness.play.sending import Got, Pair, Sending
from harness.prober import JournalMark
from harness.scenario.model import Outcome

_READ_AGAIN = 4  # times: a copy may be slower than its answer

WantedOf = Mapping[Pair, Collection[str]]
"""The outcomes that are in order for each pair."""


def read_journals(
    mark: JournalMark | None,
    got: Sequence[Got],
    wanted_of: WantedOf,
    outcomes: Mapping[str, Outcome],
    sending: Sending,
) -> JournalView | None:
    """The journals; again, a few times, while entries that are wanted are missing and new ones still come."""
    if mark is None:
        return None
    journal = sending.journal(mark, got)
    for _ in range(_READ_AGAIN):
        if not any(_lacking(one, journal, wanted_of.get(one.pair, ()), outcomes) for one in got):
            break
        before, journal = journal, sending.journal(mark, got)
        if journal.hits == before.hits:
            break
    return journal


def _lacking(got: Got, journal: JournalView, wanted_names: Collection[str], outcomes: Mapping[str, Outcome]) -> bool:
    """Whether answers lack entries that would make them what is wanted."""
    named = [outcomes[name] for name in wanted_names if name in outcomes]
    return any(lacks_hits(outcome, journal.hits.get(seen.id, ())) for outcome in named for seen in got.observations)
