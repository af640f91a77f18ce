"""Plain text for terminals and logs: one block group a check, and the summary whose last line is the totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from harness.evidence.model import CheckRecord, Verdict
from harness.evidence.report import Report
from harness.expectations.review import findings
from reports import features, quality
from reports.blocks import TOLD, Block, blocks, headline, reason
from reports.facts import PREFLIGHT, preflight
from reports.text import LONGEST, bounded, short, visible, visible_lines, wrap

WIDTH = 100
_LABEL = 11
#: Heading of what makes a run fail although no check does.
EXPECTATIONS = "Expectations that do not hold"
#: Heading and verdict of the lists that follow the blocks; one line a check, with its reason.
_LISTS = (
    ("Failed as expected", Verdict.XFAIL),
    ("Not run", Verdict.NOT_RUN),
    ("Skipped", Verdict.SKIP),
    ("Observed, without verdict", Verdict.OBSERVED),
)

_COUNTED = ("claimed", f"undeclared, {features.UNTRIED}")


def result(check: CheckRecord, width: int = WIDTH, directory: Path | None = None) -> str:
    """The blocks of one check, without colour, at most `width` columns except where a line must stay whole.

    With `directory`, where the report lies, the evidence is named so that it can be found from here.
    """
    lines = [short(headline(check))]
    for block in blocks(check, directory):
        lines.extend(_block(block, width))
    return "\n".join(lines)


def _block(block: Block, width: int) -> Iterator[str]:
    label = f"  {block.label:<{_LABEL}}"
    for line in block.lines:
        text = line if block.whole else bounded(line, LONGEST)
        for part in wrap(text, width - len(label)) if block.prose else [visible(text)]:
            yield f"{label}{part}".rstrip()
            label = " " * len(label)


def summary(report: Report, files: Iterable[str] = (), *, told: Iterable[Verdict] = TOLD, width: int = WIDTH) -> str:
    """What a run came to: blocks of the verdicts `told`, lists with reasons, report files; the totals come last."""
    lines: list[str] = []
    for check in report.with_verdict(*told):
        lines += [result(check, width, shown(report.path.parent)), ""]
    for heading, verdict in _LISTS:
        found = report.with_verdict(verdict)
        if found:
            lines += [f"{heading}:", *_reasons(found), ""]
    warned = preflight(report, passed=False) if report.footer.complete else []  # else it was the end of the run
    if warned:
        lines += [f"{PREFLIGHT}:", *(f"  {visible(f'{name}: {text}')}" for name, text in warned), ""]
    wrong = findings(report.header.expectations, report.checks)
    if wrong:
        lines += [f"{EXPECTATIONS}:", *(f"  {visible(text)}" for text in wrong), ""]
    declared = features.lists(report)
    if declared:
        lines += ["Features of the mesh:", *_declared(declared, width), ""]
    measured = quality.lines(report)
    if measured:
        longest = max(len(name) for name, _ in measured)
        lines += [f"{quality.HEADING}:", *(f"  {name:<{longest}}  {figures}" for name, figures in measured), ""]
    problems = list(_problems(report))
    if problems:
        lines += ["Problems of the harness:", *problems, ""]
    names = list(files)
    if names:
        lines += ["Reports:", *(f"  {name}" for name in names), ""]
    return "\n".join([*lines, totals(report)])


def _declared(entries: Iterable[tuple[str, tuple[str, ...]]], width: int) -> Iterator[str]:
    """A line a list; the long ones that surprise nobody are only counted, the files have them all."""
    for heading, names in entries:
        if heading in _COUNTED:
            yield f"  {heading}: {len(names)}"
        else:
            yield from (f"  {line}" for line in wrap(f"{heading}: {', '.join(names)}", width - 2))


def shown(path: Path) -> Path:
    """As short as it can be found from the working directory."""
    absolute, here = path.absolute(), Path.cwd()
    return absolute.relative_to(here) if here in absolute.parents else absolute


def _problems(report: Report) -> Iterator[str]:
    for record in report.scenarios:
        for problem in record.problems:
            yield f"  {visible(record.id)}:"
            yield from (f"    {line}" for line in visible_lines(bounded(problem.rstrip(), 4 * LONGEST)))


def _reasons(checks: Iterable[CheckRecord]) -> Iterator[str]:
    """Checks grouped by their reason, because one cause often stops many checks."""
    groups: dict[str, list[str]] = {}
    for check in checks:
        groups.setdefault(reason(check), []).append(_named(check))
    for text, names in groups.items():
        yield f"  {short(text) or 'no reason given'}"
        yield from (f"    {visible(name)}" for name in names)


def _named(check: CheckRecord) -> str:
    """The id; of an expected failure also how it failed."""
    return f"{check.id}: {check.reason}" if check.verdict is Verdict.XFAIL and check.reason else check.id


def counted(counts: Mapping[Verdict, int]) -> str:
    """``70 pass, 1 fail, 3 skip``."""
    return ", ".join(f"{number} {verdict.value}" for verdict, number in counts.items()) or "none"


def totals(report: Report) -> str:
    """The one line that says it all; a run that is not whole says so first."""
    planned = sum(len(scenario.checks) for scenario in report.header.scenarios)
    recorded = len(report.checks)
    number = str(planned) if recorded == planned else f"{recorded} of {planned}"
    scenarios = len(report.header.scenarios)
    line = (
        f"{number} check{'' if planned == 1 else 's'}: {counted(report.counts)}"
        f" ({scenarios} scenario{'' if scenarios == 1 else 's'}, {report.footer.duration:.1f}s)"
    )
    if report.footer.complete:
        return line
    return f"INCOMPLETE ({visible(report.footer.why_incomplete)}): {line}"
