"""GitHub-flavoured Markdown for job pages and pull requests."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from harness.evidence.model import CheckRecord, Verdict
from harness.evidence.report import Report, count
from harness.expectations.review import findings
from reports import features, quality, terminal
from reports.blocks import TOLD, headline, reason
from reports.facts import PREFLIGHT, facts, mesh_name, preflight
from reports.text import visible

FILE = "report.md"
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~@:-])")
_LISTED = (Verdict.XFAIL, Verdict.NOT_RUN, Verdict.SKIP, Verdict.OBSERVED)


def render(report: Report) -> str:
    """The whole page: totals, a table by area, one folded block a failure, lists with reasons."""
    parts = (
        _head(report),
        [""],
        _areas(report),
        _expectations(report),
        _features(report),
        _quality(report),
        _preflight(report),
        _told(report),
        _lists(report),
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def escape(text: str) -> str:
    """The text shown as it is: neither markup, HTML, links, mentions nor invisible characters take effect."""
    return _SPECIAL.sub(r"\\\1", html.escape(visible(text), quote=False))


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
    verdicts = tuple(report.counts)
    yield _row(["area", *(verdict.value for verdict in verdicts)])
    yield _row(["---", *("---:" for _ in verdicts)])
    for area, checks in report.by_area.items():
        found = count(checks)
        yield _row([escape(area), *(str(found.get(verdict, "")) for verdict in verdicts)])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


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
        yield from ("", f"## {quality.HEADING}", "", _row(["", ""]), _row(["---", "---"]))
        yield from (_row([escape(name), escape(figures)]) for name, figures in measured)


def _preflight(report: Report) -> Iterator[str]:
    found = preflight(report)
    if found:
        yield from ("", f"## {PREFLIGHT}", "", _row(["", ""]), _row(["---", "---"]))
        yield from (_row([escape(name), escape(text)]) for name, text in found)


def _told(report: Report) -> Iterator[str]:
    for check in report.with_verdict(*TOLD):
        yield from ("", "<details>", f"<summary>{_summary(check)}</summary>", "")
        # An HTML block of this kind ends at its closing tag only, and the escaped text has none: nothing can break out.
        yield f"<pre>{html.escape(terminal.result(check))}</pre>"
        yield from ("", "</details>")


def _summary(check: CheckRecord) -> str:
    return html.escape(visible(f"{headline(check)}: {check.reason}"))


def _lists(report: Report) -> Iterator[str]:
    for verdict in _LISTED:
        found = report.with_verdict(verdict)
        if found:
            yield from ("", f"## {verdict.value}", "")
            yield from (f"- {escape(check.id)}: {escape(reason(check))}" for check in found)
