"""New entries for the failures of a run; only their reasons are missing, which a person has to give. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.evidence.model import CheckRecord, Kind, Verdict
from harness.evidence.report import Report

_MANY = 3  # wrong outcomes; where there are more, their names say less than the kind
_BY_KIND = (Kind.STALLED, Kind.LEAKED)
HEAD = "# Failures that are known. docs/running.md says how runs are held against them.\nexpectations:\n"


@dataclass(frozen=True, slots=True)
class Proposal:
    """An entry that is to be written: the checks of one scenario that fail in the same way."""

    checks: tuple[str, ...]
    outcome: tuple[str, ...]
    run: str
    versions: str = ""  # empty: every version

    @property
    def reason(self) -> str:
        """What stands in the place of a reason; lint asks for a better one."""
        return f"new in {self.run}: describe why"


def failures(report: Report, *, deviations: bool = False) -> list[CheckRecord]:
    """The failures of a run that no entry foresees; with `deviations` those, too."""
    wanted = {Verdict.FAIL, *((Verdict.DEVIATION,) if deviations else ())}
    return [
        record
        for record in report.checks
        if record.verdict in wanted or (record.verdict is Verdict.XFAIL and record.expectation is None)
    ]


def proposals(records: Iterable[CheckRecord], run: str, versions: str = "") -> list[Proposal]:
    """An entry for each scenario and way of failing, in the order of the report."""
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for record in records:
        groups.setdefault((record.scenario, outcome_of(record)), []).append(record.id)
    return [Proposal(tuple(names), outcome, run, versions) for (_, outcome), names in groups.items()]


def outcome_of(record: CheckRecord) -> tuple[str, ...]:
    """How a check failed, in the words of an entry."""
    named = 0 < len(record.wrong) <= _MANY and record.kind not in _BY_KIND
    return tuple(record.wrong) if named else ((record.kind or Kind.WRONG).value,)


def rendered(entries: Iterable[Proposal], indent: str = "  ") -> str:
    """The entries as items of a YAML list, each line indented."""
    return "".join(f"{indent}{line}\n" for entry in entries for line in _lines(entry))


def _lines(entry: Proposal) -> Iterator[str]:
    if len(entry.checks) == 1:
        yield f"- checks: {entry.checks[0]}"
    else:
        yield "- checks:"
        yield from (f"    - {name}" for name in entry.checks)
    yield f"  outcome: {entry.outcome[0] if len(entry.outcome) == 1 else '[' + ', '.join(entry.outcome) + ']'}"
    if entry.versions:
        yield f"  versions: '{entry.versions}'"
    yield f"  reason: '{entry.reason}'"
