"""From findings to the matrix: which defects were killed, by what, and what that says of the checks. Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mutants.findings import Finding
from mutants.tasks import area
from spec.defects import Defect, Variation

FORMAT = 1
OVER_AT_MOST = 0.03
_FINE = ("pass", "observed", "skip")


@dataclass(frozen=True, slots=True)
class Row:
    """One defect: what it names, what turned red, and what that comes to.

    `over` are red checks that it neither names nor allows; `unseen` named checks that nothing can be said of.
    """

    id: str
    area: str
    breaks: tuple[str, ...]
    names: tuple[str, ...]
    verdicts: Mapping[str, str]
    killed_by: tuple[str, ...]
    red: tuple[str, ...]
    over: tuple[str, ...]
    explained: str
    unseen: Mapping[str, str]
    reasons: Mapping[str, str]  # of what is red
    seconds: float
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Harmless:
    """One variation (or the correct mesh): `wrong` are the checks that minded it, each with its reason."""

    id: str
    verdicts: Mapping[str, str]
    wrong: Mapping[str, str]
    seconds: float
    failed: str = ""

    @property
    def clean(self) -> bool:
        """Whether no check minded."""
        return not self.wrong and not self.failed


@dataclass(frozen=True, slots=True)
class Matrix:
    """All rows; `missing` are tasks of the plan without a finding, `idle_checks` are never red where they are
    named, though all defects that name them were played.

    `about` is what the run was: date, version, seed, how much was played, on which machine, how long.
    """

    rows: tuple[Row, ...]
    variations: tuple[Harmless, ...]
    controls: tuple[Harmless, ...]
    idle_checks: tuple[str, ...]
    missing: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def killed(self) -> tuple[Row, ...]:
        """Defects that at least one of the checks they name caught."""
        return tuple(row for row in self.rows if row.killed_by)

    @property
    def survivors(self) -> tuple[Row, ...]:
        """All others."""
        return tuple(row for row in self.rows if not row.killed_by)

    @property
    def over_killers(self) -> tuple[Row, ...]:
        """Defects that turned red what they neither name nor allow."""
        return tuple(row for row in self.rows if row.over)

    @property
    def clean(self) -> tuple[Harmless, ...]:
        """Variations that no check minded."""
        return tuple(one for one in self.variations if one.clean)

    @property
    def holds(self) -> bool:
        """Whether all that is promised is so."""
        unexplained = [row.id for row in self.over_killers if not row.explained]
        return (
            not (self.survivors or self.idle_checks or self.missing or unexplained)
            and len(self.over_killers) <= max(1, OVER_AT_MOST * len(self.rows))
            and len(self.clean) == len(self.variations)
            and all(one.clean for one in self.controls)
        )

    @property
    def last_line(self) -> str:
        """What it comes to."""
        return (
            f"{len(self.killed)} of {len(self.rows)} defects killed, {len(self.idle_checks)} idle checks, "
            f"{len(self.clean)} of {len(self.variations)} variations clean"
        )


def matrix(
    findings: Mapping[str, Finding],
    planned: Collection[str],
    defects: Mapping[str, Defect],
    variations: Mapping[str, Variation],
    *,
    checks: Collection[str] = (),
    about: Mapping[str, Any] | None = None,
) -> Matrix:
    """Judge the findings of the tasks with these keys. A check that is red on the correct mesh as well kills nothing.

    `checks` are ids that some defect has to name: those of the whole catalogue, where all defects were played.
    """
    controls = tuple(_harmless(one, {}) for one in _of("control", findings, planned))
    spoilt = {check for one in controls for check in (*one.wrong, *findings[f"control:{one.id}"].red)}
    rows = tuple(_row(one, defects[one.id], spoilt) for one in _of("defect", findings, planned))
    named = {check for row in rows for check in row.names if row.failed or check in row.verdicts} | set(checks)
    played = {row.id for row in rows}
    elsewhere = {check for one in defects.values() if one.id not in played for check in one.kills}
    caught = {check for row in rows for check in row.killed_by}
    return Matrix(
        rows,
        tuple(_harmless(one, variations[one.id].excused) for one in _of("variation", findings, planned)),
        controls,
        tuple(sorted(named - caught - elsewhere)),
        tuple(sorted(set(planned) - findings.keys())),
        about or {},
    )


def open_defects(found: Matrix, defects: Mapping[str, Defect]) -> frozenset[str]:
    """The defects of which more has to be played: those that survived, or name a check that was never red."""
    idle = set(found.idle_checks)
    played = {row.id for row in found.rows}
    return frozenset(row.id for row in found.survivors) | {
        one.id for one in defects.values() if one.id in played and idle.intersection(one.kills)
    }


def _of(kind: str, findings: Mapping[str, Finding], planned: Iterable[str]) -> list[Finding]:
    return [findings[key] for key in planned if key in findings and findings[key].kind == kind]


def _row(found: Finding, defect: Defect, spoilt: Collection[str]) -> Row:
    red = [check for check in found.red if check not in spoilt]
    allowed = (*defect.kills, *defect.also)
    return Row(
        id=defect.id,
        area=area(defect),
        breaks=defect.breaks,
        names=defect.kills,
        verdicts=found.verdicts,
        killed_by=tuple(check for check in defect.kills if check in red),
        red=tuple(sorted(red)),
        over=tuple(sorted(check for check in red if not _matches(check, allowed))),
        explained=defect.over,
        unseen={check: found.unseen[check] for check in defect.kills if check in found.unseen},
        reasons=found.red,
        seconds=found.seconds,
        failed=found.failed,
    )


def _harmless(found: Finding, excused: Mapping[str, str]) -> Harmless:
    wrong = {
        check: found.red.get(check) or found.unseen.get(check) or verdict
        for check, verdict in found.verdicts.items()
        if verdict not in _FINE and not _matches(check, excused)
    }
    return Harmless(found.id, found.verdicts, wrong, found.seconds, found.failed)


def _matches(check: str, globs: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(check, glob) for glob in globs)


def as_json(found: Matrix) -> dict[str, Any]:
    """The content of ``matrix.json``."""
    return {
        "format": FORMAT,
        "about": dict(found.about),
        "summary": summary(found),
        "defects": {row.id: asdict(row) for row in found.rows},
        "killed": [row.id for row in found.killed],
        "survivors": [row.id for row in found.survivors],
        "idle_checks": list(found.idle_checks),
        "over_killers": {row.id: {"checks": row.over, "explained": row.explained} for row in found.over_killers},
        "variations": {one.id: {**asdict(one), "clean": one.clean} for one in found.variations},
        "controls": {one.id: {**asdict(one), "clean": one.clean} for one in found.controls},
        "missing": list(found.missing),
    }


def summary(found: Matrix) -> dict[str, Any]:
    """The figures of a run, and what it was."""
    plays: list[Mapping[str, str]] = [one.verdicts for one in found.rows]
    plays += [one.verdicts for one in (*found.variations, *found.controls)]
    return {
        **found.about,
        "defects": len(found.rows),
        "killed": len(found.killed),
        "checks": len(set().union(*plays)),
        "verdicts": sum(map(len, plays)),
        "idle_checks": len(found.idle_checks),
        "over_killers": len(found.over_killers),
        "variations": len(found.variations),
        "clean": len(found.clean),
        "holds": found.holds,
    }
