"""One check, laid out: what was expected and seen, the answers from both ends, how to see it again. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.evidence.model import Answer, CheckRecord, OutcomeCount, Proportion, Sample, Verdict
from reports.blocks import baseline, known, repetitions
from reports.html.pictures import Interval, Segment, interval, stacked
from reports.text import bounded

#: Verdicts whose checks are told in full and stand first, in this order.
TOLD = (Verdict.FAIL, Verdict.XPASS, Verdict.ERROR, Verdict.DEVIATION)
_ANSWERS, _LEAST, _ALL = 50, 3, 1500  # answers shown of one check: at most, at least; and of all together
_HEADERS = 40
_VALUE = 400  # characters of a header
_SAMPLES = 4
_OURS = ("unsent", "void")
_MOST_FREQUENT = 3
_APPLIES = "| kubectl apply -f -"


@dataclass(frozen=True, slots=True)
class Bar:
    """One outcome of the histogram."""

    outcome: str
    description: str
    count: int
    total: int
    clients: str
    segment: Segment

    @property
    def percent(self) -> str:
        """Its share of all answers."""
        return f"{self.count / max(self.total, 1):.1%}"


@dataclass(frozen=True, slots=True)
class Share:
    """How often an outcome of a mix came, and between which numbers it is in order."""

    given: Proportion
    picture: Interval
    text: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer, as both ends saw them."""

    outcome: str
    role: str
    sample: Sample
    client: tuple[str, ...]  # lines
    backend: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """All that is told of one check."""

    check: CheckRecord
    pairs: tuple[tuple[str, str], ...]  # what is said of it in a line each
    bars: tuple[Bar, ...]
    caught: str
    shares: tuple[Share, ...]
    exchanges: tuple[Exchange, ...]
    answers: tuple[Answer, ...]

    @property
    def came(self) -> int:
        """How many answers came, judged or not: where an await never arrives, none is judged, however many came."""
        return max(len(self.check.answers), sum(one.count for one in self.check.observed))

    @property
    def seen(self) -> str:
        """What came in this run, in a line, to compare with what comes by hand; the most frequent outcomes."""
        total = sum(one.count for one in self.check.observed)
        told = [_often(one, total) for one in self.check.observed[:_MOST_FREQUENT] if one.count > 0]
        more = len(self.check.observed) - _MOST_FREQUENT
        return "; ".join([*told, *([f"{more} more outcomes"] if more > 0 else [])])

    @property
    def cleaning(self) -> str:
        """The command that takes away what the reproduction applies; empty where it applies nothing."""
        first = self.check.reproduce[0] if self.check.reproduce else ""
        if not first.endswith(_APPLIES):
            return ""
        prefix = re.search(r" --namespace-prefix (\S+)", first)
        return f"gamma clean{prefix[0] if prefix else ''}"

    @property
    def told(self) -> bool:
        """Whether it is told in full."""
        return self.check.verdict in TOLD


def room(checks: Sequence[CheckRecord]) -> int:
    """How many answers of each check a page shows: fewer, where very many checks have some."""
    some = sum(bool(check.answers) for check in checks)
    return max(_LEAST, min(_ANSWERS, _ALL // max(some, 1)))


def detail(check: CheckRecord, answers: int = _ANSWERS) -> Detail:
    """Lay out one check with so many answers; of what went well one sample is enough."""
    return Detail(
        check=check,
        pairs=tuple(pair for pair in _pairs(check) if pair[1]),
        bars=bars(check),
        caught=f"{check.detectable:.1%}" if check.detectable is not None and check.observed else "",
        shares=shares(check),
        exchanges=tuple(_exchanges(check)),
        answers=_some(check, answers),
    )


def _often(one: OutcomeCount, total: int) -> str:
    """``713 of 1,378 (51.7%) to-v2: answered from gamma-producer/echo-v2``; of what was merely read, no numbers."""
    number = f"{one.count:,} of {total:,} ({one.count / total:.1%}) " if total > 1 else ""
    same = one.description in ("", one.outcome)
    return f"{number}{one.outcome}{'' if same else f': {one.description}'}"


def _some(check: CheckRecord, most: int) -> tuple[Answer, ...]:
    """At most so many answers in order of time: wrong ones are the last to be left out."""
    ranked = sorted(enumerate(check.answers), key=lambda item: (item[1].outcome not in check.wrong, item[0]))
    return tuple(answer for _, answer in sorted(ranked[:most], key=lambda item: item[0]))


def _pairs(check: CheckRecord) -> Iterator[tuple[str, str]]:
    yield "Result", check.reason
    yield "Known", known(check) if check.expectation else ""
    yield "Entry", _entry(check)
    yield "Baseline", baseline(check)
    yield "Repeated", repetitions(check)
    yield "Request", check.request
    yield "Expected", check.expected
    yield "Step", _step(check)
    yield "Written in", f"{check.file}:{check.line}"


def _entry(check: CheckRecord) -> str:
    found = check.expectation
    if found is None:
        return ""
    about = f" of versions {found.versions}" if found.versions else ""
    return f"{found.place} expects {' or '.join(found.outcome)}{about}"


def _step(check: CheckRecord) -> str:
    if check.step is None:
        return check.step_text
    return f"{check.step} of {check.steps}: {check.step_text}" if check.steps else f"{check.step}: {check.step_text}"


def bars(check: CheckRecord) -> tuple[Bar, ...]:
    """The histogram, most frequent first; all bars on one scale."""
    total = sum(outcome.count for outcome in check.observed)
    return tuple(
        Bar(
            outcome=outcome.outcome,
            description=outcome.description,
            count=outcome.count,
            total=total,
            clients=_clients(outcome),
            segment=stacked(((role(check, outcome.outcome), outcome.count, ""), ("rest", total - outcome.count, "")))[
                0
            ],
        )
        for outcome in check.observed
        if outcome.count > 0
    )


def role(check: CheckRecord, outcome: str) -> str:
    """Which verdict's colour an outcome has: the expected one is good, others are what the check came to."""
    if outcome in _OURS:
        return "skip"
    if check.verdict is Verdict.OBSERVED:
        return "observed"
    bad = "deviation" if check.verdict in (Verdict.DEVIATION, Verdict.XFAIL, Verdict.SKIP) else "fail"
    if outcome in check.wrong or outcome == "leaked":
        return bad
    mine = [one for one in check.proportions if one.outcome == outcome]
    if mine:
        return "pass" if all(one.low <= one.count <= one.high for one in mine) else bad
    if outcome == check.expected.partition(":")[0] or check.verdict in (Verdict.PASS, Verdict.XPASS):
        return "pass"
    return "observed"


def _clients(outcome: OutcomeCount) -> str:
    if len(outcome.by_client) < 2:
        return ""
    return ", ".join(f"{client} {number}" for client, number in sorted(outcome.by_client.items()))


def shares(check: CheckRecord) -> tuple[Share, ...]:
    """The proportions; of two outcomes of one client the second says nothing new."""
    per_client = {
        one.client: sum(other.client == one.client for other in check.proportions) for one in check.proportions
    }
    shown: list[Share] = []
    seen: set[str] = set()
    for one in check.proportions:
        if per_client[one.client] == 2 and one.client in seen:
            continue
        seen.add(one.client)
        size = max(one.size, 1)
        text = f"{one.count / size:.1%}, accepted {one.low / size:.1%} to {one.high / size:.1%} of {one.size:,}"
        shown.append(Share(one, interval(one.count, one.size, one.low, one.high), text))
    return tuple(shown)


def _exchanges(check: CheckRecord) -> Iterator[Exchange]:
    """An example of each outcome, those that were not expected first."""
    found = [outcome for outcome in check.observed if outcome.sample is not None]
    ranks = {"fail": 0, "deviation": 0, "observed": 1, "pass": 2, "skip": 3}
    found.sort(key=lambda outcome: ranks[role(check, outcome.outcome)])
    for outcome in found[: _SAMPLES if check.verdict in TOLD else 1]:
        sample = outcome.sample
        assert sample is not None
        lines = (tuple(_sent(sample)), tuple(_arrived(sample)))
        yield Exchange(outcome.outcome, role(check, outcome.outcome), sample, *lines)


def _sent(sample: Sample) -> Iterator[str]:
    yield sample.request
    yield f"from {sample.client} to {sample.address}"
    yield ""
    yield sample.summary
    yield from _headers(sample.headers)
    yield from _headers(sample.trailers)


def _arrived(sample: Sample) -> Iterator[str]:
    if sample.backend_hits is not None:
        times = {0: "in no journal", 1: "in one journal entry"}.get(
            sample.backend_hits, f"in {sample.backend_hits} journal entries"
        )
        yield f"{times} of the backends"
        yield ""
    saw: dict[str, Any] = sample.backend_saw or {}
    if saw:
        yield f"{saw.get('method') or ''} {saw.get('path') or ''} ({saw.get('protocol') or '?'})".strip()
        yield f"host: {saw.get('host') or ''}"
        told = ("method", "path", "protocol", "host", "headers")
        yield from (f"{key}: {value}" for key, value in saw.items() if key not in told)
        pairs = [(str(name), str(value)) for name, value in saw.get("headers") or ()]
        yield from _headers(tuple(pair for pair in pairs if pair[0] != "host"))
    elif sample.backend is None:
        yield "the answer is not from a backend of ours"


def _headers(pairs: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for name, value in pairs[:_HEADERS]:
        yield f"{bounded(name, _VALUE)}: {bounded(value, _VALUE)}"
    if len(pairs) > _HEADERS:
        yield f"... {len(pairs) - _HEADERS} more"
