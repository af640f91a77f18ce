"""One report as Markdown, for job pages and pull requests."""

from __future__ import annotations

import html
from collections.abc import Iterator

from harness.evidence.model import CheckRecord, Verdict
from harness.evidence.report import Report, count
from harness.expectations.review import findings
from reports import features, quality, terminal
from reports.blocks import TOLD, headline, reason
from reports.facts import PREFLIGHT, facts, mesh_name, preflight
from reports.marked import LIMIT, Part, escape, fit, row
from reports.text import short

FILE = "report.md"
_SUMMARY = 300  # characters of the line that a folded block is opened by
_LISTED = (Verdict.XFAIL, Verdict.NOT_RUN, Verdict.SKIP, Verdict.OBSERVED)


def render(report: Report, limit: int = LIMIT) -> str:
    """The whole page: totals, a table by area, one folded block a failure, lists with reasons.

    What does not fit into `limit` bytes is left out, failures last of all, and a note at the top says how much.
    """
    parts = [
        Part("the table by area", _areas(report)),
        *(Part("results", lines) for lines in _told(report)),
        *(Part(name, lines) for name, lines in _sections(report)),
        *(Part("lines of the lists", lines) for lines in _lists(report)),
    ]
    return fit(_head(report), parts, limit, "`report.html` has everything")


def _sections(report: Report) -> Iterator[tuple[str, Iterator[str]]]:
    yield "the expectations", _expectations(report)
    yield "the features", _features(report)
    yield "the quality", _quality(report)
    yield "the preflight", _preflight(report)


def _head(report: Report) -> Iterator[str]:
    yield f"# GAMMA conformance: {escape(mesh_name(report))}"
    yield ""
    if not report.footer.complete:
        yield f"> **Incomplete run**: {escape(report.footer.why_incomplete)}"
        yield ""
    yield f"**{escape(terminal.totals(report))}**"
    yield ""
    yield ", ".join(f"{escape(name)} {escape(value)}" for name, value in facts(report))


def _areas(report: Report) -> Iterator[str]:
    yield ""
    verdicts = tuple(report.counts)
    yield row(["area", *(verdict.value for verdict in verdicts)])
    yield row(["---", *("---:" for _ in verdicts)])
    for area, checks in report.by_area.items():
        found = count(checks)
        yield row([escape(area), *(str(found.get(verdict, "")) for verdict in verdicts)])


def _features(report: Report) -> Iterator[str]:
    declared = features.lists(report)
    if declared:
        yield from ("", "## Features of the mesh", "")
        yield from (f"- **{heading}** ({len(names)}): {escape(', '.join(names))}" for heading, names in declared)


def _expectations(report: Report) -> Iterator[str]:
    wrong = findings(report.header.expectations, report.checks)
    if wrong:
        yield from ("", f"## {terminal.EXPECTATIONS}", "")
        yield from (f"- {escape(text)}" for text in wrong)


def _quality(report: Report) -> Iterator[str]:
    measured = quality.lines(report)
    if measured:
        yield from ("", f"## {quality.HEADING}", "", row(["", ""]), row(["---", "---"]))
        yield from (row([escape(name), escape(figures)]) for name, figures in measured)


def _preflight(report: Report) -> Iterator[str]:
    found = preflight(report)
    if found:
        yield from ("", f"## {PREFLIGHT}", "", row(["", ""]), row(["---", "---"]))
        yield from (row([escape(name), escape(text)]) for name, text in found)


def _told(report: Report) -> Iterator[Iterator[str]]:
    for check in report.with_verdict(*TOLD):
        yield _folded(check)


def _folded(check: CheckRecord) -> Iterator[str]:
    yield from ("", "<details>", f"<summary>{_summary(check)}</summary>", "")
    # An HTML block of this kind ends at its closing tag only, and the escaped text has none: nothing can break out.
    yield f"<pre>{html.escape(terminal.result(check))}</pre>"
    yield from ("", "</details>")


def _summary(check: CheckRecord) -> str:
    return html.escape(short(f"{headline(check)}: {check.reason}", _SUMMARY))


def _lists(report: Report) -> Iterator[list[str]]:
    for verdict in _LISTED:
        for number, check in enumerate(report.with_verdict(verdict)):
            heading = [] if number else ["", f"## {verdict.value}", ""]
            yield [*heading, f"- {escape(check.id)}: {escape(reason(check))}"]
