"""The matrix of areas by support, with totals that add up, and the statements that each area proves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.evidence.model import CheckRecord, Verdict
from harness.evidence.report import Report, count
from reports.html.front import COUNTED
from reports.html.links import link
from reports.html.pictures import Segment, stacked

SUPPORTS = ("core", "extended", "experimental", "implementation-specific")
_BAD = (Verdict.FAIL, Verdict.XPASS, Verdict.ERROR, Verdict.NOT_RUN, Verdict.DEVIATION, Verdict.XFAIL)
#: The order of a bar's parts: what is good, what is not, what says nothing.
ORDER = (
    Verdict.PASS,
    Verdict.XFAIL,
    Verdict.DEVIATION,
    Verdict.FAIL,
    Verdict.XPASS,
    Verdict.ERROR,
    Verdict.NOT_RUN,
    Verdict.OBSERVED,
    Verdict.SKIP,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """Some checks, by verdict."""

    total: int
    passed: int
    bad: tuple[tuple[str, int], ...]  # verdicts that want attention
    bar: tuple[Segment, ...]
    text: str  # all verdicts in words
    link: str


@dataclass(frozen=True, slots=True)
class Line:
    """An area, or all of them: its cells by support, the cell of all, and its statements."""

    name: str
    link: str
    cells: tuple[Cell | None, ...]
    all: Cell
    held: int  # statements that were judged and hold
    refuted: int
    judged: int

    @property
    def open(self) -> bool:
        """Whether anything here wants attention."""
        return bool(self.all.bad)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Columns, a line an area, and the line of totals."""

    supports: tuple[str, ...]
    lines: tuple[Line, ...]
    total: Line


def matrix(report: Report) -> Matrix:
    """The areas in the order of the plan; only levels of support that occur."""
    found = {scenario.support for scenario in report.header.scenarios}
    supports = tuple(level for level in (*SUPPORTS, *sorted(found - set(SUPPORTS))) if level in found)
    lines = tuple(_line(report, area, checks, supports) for area, checks in report.by_area.items())
    return Matrix(supports, lines, _line(report, "", report.checks, supports))


def _line(report: Report, area: str, checks: Sequence[CheckRecord], supports: tuple[str, ...]) -> Line:
    where = {"area": area} if area else {}
    cells = []
    for level in supports:
        mine = [check for check in checks if report.planned[check.scenario].support == level]
        cells.append(cell(mine, link(**where, support=level)) if mine else None)
    held, refuted = _statements(checks)
    return Line(area, link(**where), tuple(cells), cell(checks, link(**where)), held, refuted, held + refuted)


def cell(checks: Iterable[CheckRecord], to: str) -> Cell:
    """These checks in numbers."""
    counts = count(checks)
    return Cell(
        total=sum(counts.values()),
        passed=counts.get(Verdict.PASS, 0),
        bad=tuple((verdict.value, counts[verdict]) for verdict in _BAD if verdict in counts),
        bar=bar(counts),
        text=words(counts),
        link=to,
    )


def bar(counts: Mapping[Verdict, int]) -> tuple[Segment, ...]:
    """The verdicts side by side."""
    return stacked((verdict.value, counts.get(verdict, 0), f"{counts.get(verdict, 0)} {verdict}") for verdict in ORDER)


def words(counts: Mapping[Verdict, int]) -> str:
    """``37 pass, 1 fail``."""
    return ", ".join(f"{number} {verdict.value}" for verdict, number in counts.items()) or "no checks"


def _statements(checks: Iterable[CheckRecord]) -> tuple[int, int]:
    """Statements that hold, and those that do not, of all that a judged check proves."""
    holds: dict[str, bool] = {}
    for check in checks:
        if check.verdict in COUNTED:
            good = check.verdict in (Verdict.PASS, Verdict.XPASS)
            for requirement in check.proves:
                holds[requirement.id] = holds.get(requirement.id, True) and good
    return sum(holds.values()), len(holds) - sum(holds.values())
