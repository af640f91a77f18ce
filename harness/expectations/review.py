"""Which entries of the expectations a finished run could not confirm. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.evidence.model import CheckRecord, ExpectedChecks, Verdict

#: Verdicts under which a check can neither fail nor pass.
_WITHOUT = (Verdict.SKIP, Verdict.OBSERVED)


def findings(entries: Iterable[ExpectedChecks], records: Iterable[CheckRecord]) -> tuple[str, ...]:
    """What is wrong with the expectations after a run, a sentence each; it fails, whatever the verdicts are.

    An entry of which a part was not selected may be about that part; what ended in an error, or was not played to its
    end, says nothing about an entry either. That a check passes is told by its verdict (xpass), and so is another
    failure.
    """
    found = {record.id: record for record in records}
    texts: list[str] = []
    for entry in entries:
        mine = [found.get(name) for name in entry.checks]
        seen = [record for record in mine if record is not None]
        if entry.whole and seen and len(seen) == len(mine) and all(record.verdict in _WITHOUT for record in seen):
            texts.append(_stale(entry, seen))
        texts += [_deviates(entry, record) for record in seen if _otherwise(record)]
    return tuple(texts)


def _stale(entry: ExpectedChecks, records: Sequence[CheckRecord]) -> str:
    reasons = dict.fromkeys(record.reason or record.verdict.value for record in records)
    shown = "; ".join(list(reasons)[:2])
    names = ", ".join(record.id for record in records[:3]) + (", ..." if len(records) > 3 else "")
    return (
        f"{entry.expectation.place}: stale entry: none of its checks was judged ({names}: {shown}); "
        "remove it, or play what it is about"
    )


def _otherwise(record: CheckRecord) -> bool:
    """A deviation with another outcome than the expected one; of a failure the verdict says enough."""
    return record.verdict is Verdict.DEVIATION and record.expectation is not None


def _deviates(entry: ExpectedChecks, record: CheckRecord) -> str:
    return f"{entry.expectation.place}: {record.id} {record.reason}"
