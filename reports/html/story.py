"""One scenario, laid out: why it exists, what happened when, what was applied. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.evidence.model import CheckRecord, PlannedScenario, ScenarioRecord

#: The kind of an event, by how its text begins; kinds are classes of the style sheet.
_KINDS = (
    ("apply", ("apply ", "delete ", "scale ", "control: apply", "wrote ", "workload ")),
    ("witness", ("witness ", "reached ", "admission: ")),
    ("hold", ("hold ", "draw ", "join ", "stream ", "end of ", "read ", "ask ")),
)
_STATUS = re.compile(r"^\S+ has the status ")
_MOMENTS = 200


@dataclass(frozen=True, slots=True)
class Moment:
    """An event on the timeline."""

    at: float
    what: str
    kind: str  # apply, accepted, status, witness, hold or note


@dataclass(frozen=True, slots=True)
class Story:
    """All that is told of one scenario."""

    scenario: PlannedScenario
    record: ScenarioRecord | None  # None: it was never played
    why: str  # in one paragraph
    moments: tuple[Moment, ...]
    verdicts: tuple[tuple[str, str], ...]  # check and verdict
    manifests: str


def story(scenario: PlannedScenario, record: ScenarioRecord | None, checks: Sequence[CheckRecord]) -> Story:
    """Lay out one scenario with what became of its checks."""
    events = record.timeline if record else ()
    return Story(
        scenario=scenario,
        record=record,
        why=" ".join(scenario.why.split()),
        moments=tuple(Moment(event.at, event.what, kind(event.what)) for event in events[:_MOMENTS]),
        verdicts=tuple((check.check, check.verdict.value) for check in checks),
        manifests=without_labels(record.manifests) if record else "",
    )


def kind(what: str) -> str:
    """What kind of event a text tells of."""
    if _STATUS.match(what):
        return "accepted" if "Accepted=True" in what else "status"
    return next((name for name, starts in _KINDS if what.startswith(starts)), "note")


def without_labels(manifests: str) -> str:
    """The manifests without the labels of a run's bookkeeping, which say nothing about the mesh."""
    kept: list[str] = []
    for line in (*manifests.splitlines(), ""):
        if line.strip().startswith("gamma.test/"):
            continue
        if kept and kept[-1].strip() == "labels:" and _indent(line) <= _indent(kept[-1]):
            kept.pop()  # none of them is left
        kept.append(line)
    return "\n".join(kept).rstrip("\n")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def stories(
    scenarios: Iterable[PlannedScenario],
    records: Mapping[str, ScenarioRecord],
    checks: Mapping[str, Sequence[CheckRecord]],
) -> tuple[Story, ...]:
    """All scenarios in the order of the plan."""
    return tuple(story(one, records.get(one.id), checks.get(one.id, ())) for one in scenarios)
