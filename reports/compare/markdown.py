"""A comparison as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reports.compare.model import ComparedCheck, ComparedRequirement, Comparison
from reports.marked import LIMIT, Part, code, escape, fit, table


def render(found: Comparison, limit: int = LIMIT) -> str:
    """The whole page, differences first."""
    parts = [
        Part("the regressions", _regressions(found)),
        Part("the checks that differ", _differences(found)),
        Part("the requirements that differ", _requirements(found)),
        Part("the scenarios that are not compared", _left_out(found)),
        Part("the requirements that do not differ", _folded(found)),
    ]
    return fit(_head(found), parts, limit, "`--format html` has everything")


def sentence(found: Comparison) -> str:
    """What the comparison comes to, in one line."""
    number = len(found.differences)
    checks = "1 check differs" if number == 1 else f"{number} checks differ"
    lost = f", {len(found.regressions)} passed in the first report and not in the last" if found.regressions else ""
    left_out = f"; {len(found.left_out)} scenarios are not compared" if found.left_out else ""
    return f"{checks} of {len(found.checks)} in {len(found.scenarios)} scenarios{lost}{left_out}"


def _head(found: Comparison) -> Iterator[str]:
    yield from ("# GAMMA conformance compared", "", f"**{escape(sentence(found))}**", "")
    head = ("report", "run", "started", "suite", "Gateway API", "checks")
    yield from table(head, (map(escape, cells) for cells in sides(found)))


def sides(found: Comparison) -> Iterator[tuple[str, ...]]:
    """A row a report: label, run, start, suite, version of the API, counts."""
    for side in found.reports:
        counts = ", ".join(f"{number} {verdict}" for verdict, number in side.counts.items())
        yield (
            side.label,
            side.run,
            side.started,
            side.suite_version,
            f"{side.gateway_api} {side.channel}".strip(),
            counts,
        )


def _regressions(found: Comparison) -> Iterator[str]:
    if found.regressions:
        yield from ("", "## Regressions", "")
        yield f"Passed in {escape(found.reports[0].label)}, and not in {escape(found.reports[-1].label)}:"
        yield ""
        yield from (f"- {code(check.id)}: {escape(last_word(check))}" for check in found.regressions)


def last_word(check: ComparedCheck) -> str:
    """What became of the check in the last report."""
    return f"{check.verdicts[-1]}, {check.reasons[-1]}" if check.reasons[-1] else check.verdicts[-1].value


def _differences(found: Comparison) -> Iterator[str]:
    if found.differences:
        yield from ("", "## Checks that differ", "")
        rows = ([code(check.id), *(verdict.value for verdict in check.verdicts)] for check in found.differences)
        yield from table(["check", *_labels(found)], rows)


def _requirements(found: Comparison) -> Iterator[str]:
    differing = [one for one in found.requirements if one.differs]
    if differing:
        yield from ("", "## Requirements that differ", "")
        yield from _matrix(found, differing)


def _matrix(found: Comparison, shown: Iterable[ComparedRequirement]) -> Iterable[str]:
    rows = ([_statement(one), *(result.value for result in one.results)] for one in shown)
    return table(["requirement", *_labels(found)], rows)


def _statement(one: ComparedRequirement) -> str:
    contested = ", contested" if one.contested else ""
    return f"{code(one.id)} ({escape(one.strength)}, {escape(one.support)}{contested}): {escape(one.statement)}"


def _left_out(found: Comparison) -> Iterator[str]:
    if found.left_out:
        yield from ("", "## Scenarios that are not compared", "")
        yield from (f"- {code(one.scenario)}: {one.why}" for one in found.left_out)


def _folded(found: Comparison) -> Iterator[str]:
    alike = [one for one in found.requirements if not one.differs]
    if alike:
        yield from ("", "<details>", f"<summary>Requirements that do not differ: {len(alike)}</summary>", "")
        yield from _matrix(found, alike)
        yield from ("", "</details>")


def _labels(found: Comparison) -> list[str]:
    return [escape(side.label) for side in found.reports]
