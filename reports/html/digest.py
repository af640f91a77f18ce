"""What went wrong, in sentences: one for each misbehaviour that a check names, area by area. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.evidence.model import CheckRecord, Verdict
from harness.evidence.report import Report
from reports.html.links import link


@dataclass(frozen=True, slots=True)
class Finding:
    """A misbehaviour, the checks that show it, and how often it was seen."""

    text: str  # what the mesh probably does
    why: str  # what was seen
    checks: tuple[tuple[str, str], ...]  # id and link


@dataclass(frozen=True, slots=True)
class Area:
    """The findings of one area, most checks first."""

    name: str
    link: str
    failed: int
    total: int
    findings: tuple[Finding, ...]


def digest(report: Report) -> tuple[Area, ...]:
    """The areas with failures, the worst first."""
    areas = []
    for name, checks in report.by_area.items():
        failed = [check for check in checks if check.verdict in (Verdict.FAIL, Verdict.XPASS)]
        if failed:
            to = link(area=name, verdict="fail,xpass")
            areas.append(Area(name, to, len(failed), len(checks), _findings(failed)))
    return tuple(sorted(areas, key=lambda area: -area.failed))


def _findings(checks: Sequence[CheckRecord]) -> tuple[Finding, ...]:
    found: dict[str, list[CheckRecord]] = {}
    for check in checks:
        found.setdefault(check.likely or check.reason or check.verdict.value, []).append(check)
    made = [
        Finding(
            text=text,
            why=mine[0].reason if mine[0].likely else "",
            checks=tuple((check.id, link(check=check.id)) for check in mine),
        )
        for text, mine in found.items()
    ]
    return tuple(sorted(made, key=lambda one: -len(one.checks)))
