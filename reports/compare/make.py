"""Compares reports. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from harness.evidence.model import CheckRecord, Verdict
from harness.evidence.report import Report
from reports.compare.model import ComparedCheck, ComparedRequirement, Comparison, LeftOut, Result, Side
from reports.facts import gateway_api, mesh_name, mesh_version

#: Verdicts by what they say of the mesh, whatever somebody expected.
_MEANS = {
    Verdict.PASS: Result.PROVEN,
    Verdict.XPASS: Result.PROVEN,
    Verdict.FAIL: Result.REFUTED,
    Verdict.XFAIL: Result.REFUTED,
    Verdict.DEVIATION: Result.DEVIATES,
    Verdict.ERROR: Result.UNJUDGED,
    Verdict.NOT_RUN: Result.UNJUDGED,
    Verdict.SKIP: Result.SKIPPED,
    Verdict.OBSERVED: Result.OBSERVED,
}
_WORST_FIRST = (Result.REFUTED, Result.DEVIATES, Result.UNJUDGED)
_LOST = (Result.REFUTED, Result.UNJUDGED)


def compare(reports: Sequence[Report]) -> Comparison:
    """Compare two or more reports of whole runs, over the scenarios whose digest is the same in all of them."""
    left_out = tuple(_left_out(reports))
    apart = {one.scenario for one in left_out}
    scenarios = tuple(name for name in reports[0].planned if name not in apart)
    checks = [check for name in scenarios for check in _checks(reports, name)]
    requirements = _requirements(reports, checks)
    return Comparison(
        reports=tuple(_sides(reports)),
        scenarios=scenarios,
        left_out=left_out,
        checks=tuple(sorted(checks, key=lambda check: not check.differs)),
        requirements=tuple(sorted(requirements, key=lambda one: not one.differs)),
    )


def result(verdicts: Iterable[Verdict]) -> Result:
    """What the verdicts of a requirement's checks (one at least) come to."""
    found = {_MEANS[verdict] for verdict in verdicts}
    for worst in _WORST_FIRST:
        if worst in found:
            return worst
    if Result.PROVEN in found:
        return Result.PARTLY if Result.SKIPPED in found else Result.PROVEN
    return Result.OBSERVED if Result.OBSERVED in found else Result.SKIPPED


def labels(reports: Sequence[Report]) -> list[str]:
    """Mesh and version, with the run where that would not tell two reports apart."""
    short = [f"{mesh_name(report)} {mesh_version(report)}".strip() for report in reports]
    defects = [str(report.header.options.get("lab_defect") or "") for report in reports]
    short = [
        f"{name} ({defect})" if defect and defect not in name else name
        for name, defect in zip(short, defects, strict=True)
    ]
    often = Counter(short)
    named = [
        name if often[name] == 1 else f"{name}, run {report.header.run}"
        for name, report in zip(short, reports, strict=True)
    ]
    again = Counter(named)
    return [name if again[name] == 1 else f"{name} #{place}" for place, name in enumerate(named, start=1)]


def _sides(reports: Sequence[Report]) -> Iterator[Side]:
    for label, report in zip(labels(reports), reports, strict=True):
        yield Side(
            label=label,
            mesh=mesh_name(report),
            version=mesh_version(report),
            run=report.header.run,
            started=report.header.started,
            suite_version=report.header.suite_version,
            gateway_api=gateway_api(report, "version"),
            channel=gateway_api(report, "channel"),
            counts={verdict.value: number for verdict, number in report.counts.items()},
        )


def _left_out(reports: Sequence[Report]) -> Iterator[LeftOut]:
    names = dict.fromkeys(name for report in reports for name in report.planned)
    for name in names:
        digests = tuple(report.planned[name].digest if name in report.planned else "" for report in reports)
        if "" in digests:
            yield LeftOut(scenario=name, why="not in every report", digests=digests)
        elif len(set(digests)) > 1:
            yield LeftOut(scenario=name, why="not the same file", digests=digests)


def _checks(reports: Sequence[Report], scenario: str) -> Iterator[ComparedCheck]:
    """The checks of a scenario that is the same in all reports; a whole run has a record of each."""
    by_report = [{check.id: check for check in report.by_scenario[scenario]} for report in reports]
    for planned in reports[0].planned[scenario].checks:
        records = [found[planned.id] for found in by_report if planned.id in found]
        if len(records) == len(reports):
            yield _check(records)


def _check(records: Sequence[CheckRecord]) -> ComparedCheck:
    means = [_MEANS[record.verdict] for record in records]
    return ComparedCheck(
        id=records[0].id,
        scenario=records[0].scenario,
        proves=tuple(requirement.id for requirement in records[0].proves),
        verdicts=tuple(record.verdict for record in records),
        kinds=tuple(record.kind for record in records),
        reasons=tuple(record.reason for record in records),
        differs=len(set(means)) > 1,
        regression=means[0] is Result.PROVEN and means[-1] in _LOST,
    )


def _requirements(reports: Sequence[Report], checks: Sequence[ComparedCheck]) -> Iterator[ComparedRequirement]:
    known = {name: one for report in reversed(reports) for name, one in report.requirements.items()}
    proving: dict[str, list[ComparedCheck]] = {}
    for check in checks:
        for name in check.proves:
            proving.setdefault(name, []).append(check)
    for name in sorted(proving):
        one = known[name]
        results = tuple(result(check.verdicts[place] for check in proving[name]) for place in range(len(reports)))
        yield ComparedRequirement(
            id=one.id,
            strength=one.strength,
            support=one.support,
            contested=one.contested,
            statement=one.statement,
            source=one.source,
            results=results,
            checks=tuple(check.id for check in proving[name]),
            differs=len(set(results)) > 1,
        )
