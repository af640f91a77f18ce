"""The fixed blocks by which a check's result is told, the same in every report.

Order and labels do not depend on the verdict; a block that has nothing to say is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.evidence.model import CheckRecord, Kind, OutcomeCount, Sample, Verdict

#: Verdicts whose blocks are shown one by one; the others need no explanation or have it in their reason.
TOLD = (Verdict.FAIL, Verdict.XPASS, Verdict.DEVIATION, Verdict.ERROR)
_MEANT = {
    Verdict.ERROR: "we could not observe what this check is about: it says nothing about the mesh, good or bad",
    Verdict.NOT_RUN: "what this check needs did not come about: it says nothing about the mesh, good or bad",
    Verdict.XPASS: "it was expected to fail and passed: the entry that expects it is to be removed",
}
_KINDS = {
    Kind.NEVER_CONVERGED: "what the scenario waits for never came; the checks after it could not be played",
    Kind.REGRESSED: "it was right at first and wrong later, while nobody changed anything",
    Kind.LEAKED: "the client was refused, but a backend journalled the request: it was let through all the same",
    Kind.STALLED: "nothing that is applied has any effect: a plain route on a spare Service was tried, too",
    Kind.IGNORED: "the mesh does not claim this feature; it accepted the route, and left out what that asks for",
}
_UNHARMED = (Verdict.PASS, Verdict.XPASS, Verdict.OBSERVED)
_REFUTING = (Verdict.FAIL, Verdict.DEVIATION)


@dataclass(frozen=True, slots=True)
class Block:
    """One labelled part of a result; `prose` may be wrapped, everything else is shown as it is (commands, tables).

    A `whole` block is no use when it is shortened; no mesh has a say in it.
    """

    label: str
    lines: tuple[str, ...]
    prose: bool = False
    whole: bool = False


def reason(check: CheckRecord) -> str:
    """Why a check has its verdict, on one line, for lists."""
    if check.verdict is Verdict.XFAIL:
        return known(check)
    if check.verdict is Verdict.OBSERVED and not check.reason:
        return "as the statement suggests"
    return check.reason


def known(check: CheckRecord) -> str:
    """Why an expected failure is expected: what somebody wrote, or that it was there before."""
    if check.expectation is None:
        return baseline(check)
    issue = f" ({check.expectation.issue})" if check.expectation.issue else ""
    return f"{check.expectation.reason}{issue}"


def headline(check: CheckRecord) -> str:
    """``FAIL unmatched/unmatched-rejected (wrong)``."""
    kind = f" ({check.kind})" if check.kind and check.verdict is not Verdict.OBSERVED else ""
    return f"{check.verdict.upper()} {check.id}{kind}"


def meaning(check: CheckRecord) -> str:
    """What this verdict and kind of failure say, for those who have not met them; empty where the words do."""
    if check.verdict in _MEANT:
        return _MEANT[check.verdict]
    return _KINDS.get(check.kind, "") if check.kind and check.verdict in _REFUTING else ""


def blocks(check: CheckRecord, directory: Path | None = None) -> tuple[Block, ...]:
    """The blocks of a check that have something to say, in their fixed order.

    Evidence lies beside the report; where that is not plain to the reader, `directory` names the report's directory.
    """
    return tuple(block for block in _all(check, directory) if any(block.lines))


def _all(check: CheckRecord, directory: Path | None) -> Iterator[Block]:
    yield Block("why", (check.reason,), prose=True)
    yield Block("means", (meaning(check),), prose=True)
    yield Block("repeated", (repetitions(check),))
    yield Block("entry", tuple(_expectation(check)), prose=True)
    yield Block("baseline", (baseline(check),), prose=True)
    yield Block("step", tuple(filter(None, (_step(check), f"{check.file}:{check.line}"))))
    yield Block("probe", (check.request,))
    yield Block("expected", (check.expected,), prose=True)
    yield Block("observed", (*histogram(check.observed), *_caught(check)))
    yield Block("sample", _samples(check))
    yield Block("likely", (check.likely,), prose=True)
    yield Block("refutes" if check.verdict in _REFUTING else "proves", tuple(_requirements(check)), prose=True)
    yield Block("timeline", tuple(f"{event.at:8.3f}s  {event.what}" for event in check.timeline))
    yield Block("reproduce", check.reproduce, whole=True)
    yield Block("evidence", (str(directory / check.evidence) if directory and check.evidence else check.evidence,))


def repetitions(check: CheckRecord) -> str:
    """``2 fail, 3 pass of 5 times``; empty where it was played once."""
    total = sum(check.repetitions.values())
    counts = ", ".join(f"{number} {verdict}" for verdict, number in check.repetitions.items())
    return f"{counts} of {total} times" if total else ""


def _expectation(check: CheckRecord) -> Iterator[str]:
    if check.expectation is None:
        return
    about = f", for versions {check.expectation.versions}" if check.expectation.versions else ""
    yield f"to fail: {' or '.join(check.expectation.outcome)}{about}"
    yield known(check)
    yield check.expectation.place


def baseline(check: CheckRecord) -> str:
    """``regression: pass in baseline 20260102-030405-abcd``."""
    found = check.baseline
    if found is None:
        return ""
    then = found.verdict.value if found.verdict else "not part of it"
    note = f"; {found.note}" if found.note else ""
    if found.result == "known":
        return f"known from baseline {found.run} ({then}){note}"
    return f"{found.result}: {then} in baseline {found.run}{note}"


def _step(check: CheckRecord) -> str:
    if check.step is None:
        return check.step_text
    place = f"{check.step} of {check.steps}" if check.steps else str(check.step)
    return f"{place}: {check.step_text}" if check.step_text else place


def histogram(observed: tuple[OutcomeCount, ...]) -> Iterator[str]:
    """One line an outcome, most frequent first: how often, its name and meaning, from which clients."""
    total = sum(outcome.count for outcome in observed)
    names = max((len(outcome.outcome) for outcome in observed), default=0)
    for outcome in observed:
        share = f"{outcome.count:>{len(str(total))}} of {total}"
        yield f"{share}  {outcome.outcome:<{names}}  {outcome.description}{_clients(outcome)}".rstrip()


def _clients(outcome: OutcomeCount) -> str:
    if len(outcome.by_client) < 2:
        return ""
    return " [" + ", ".join(f"{client} {number}" for client, number in sorted(outcome.by_client.items())) + "]"


def _caught(check: CheckRecord) -> Iterator[str]:
    """How much would have been seen, of a check in which nothing was."""
    if check.detectable is not None and check.observed and check.verdict in _UNHARMED:
        yield f"{check.detectable:.1%} wrong answers or more would have shown (95 %)"


def _samples(check: CheckRecord) -> tuple[str, ...]:
    """An example of the outcome that was not expected: the most frequent one whose name is not the expected one's."""
    expected = check.expected.partition(":")[0]
    shown = [outcome for outcome in check.observed if outcome.sample and outcome.outcome != expected]
    return tuple(_sample(shown[0].sample)) if shown and shown[0].sample else ()


def _sample(sample: Sample) -> Iterator[str]:
    yield f"{sample.id} at {sample.at:.3f}s: {sample.request}"
    yield f"from {sample.client} to {sample.address}, {sample.elapsed_ms:.1f} ms: {sample.summary}"
    if sample.headers:
        yield "answer: " + ", ".join(f"{name}: {value}" for name, value in (*sample.headers, *sample.trailers))
    if sample.backend_saw:
        yield "backend saw: " + _saw(sample.backend_saw)
    if sample.backend_hits is not None:
        yield f"journalled by backends: {sample.backend_hits}"


def _saw(request: dict[str, Any]) -> str:
    plain = [f"{key} {value}" for key, value in request.items() if key != "headers"]
    return ", ".join([*plain, *(f"{name}: {value}" for name, value in request.get("headers", ()))])


def _requirements(check: CheckRecord) -> Iterator[str]:
    for requirement in check.proves:
        contested = ", contested" if requirement.contested else ""
        yield f"{requirement.id} ({requirement.strength}, {requirement.support}{contested})"
        yield f'"{requirement.statement}"'
        yield requirement.source
