"""What was found before the first scenario, on every page."""

from __future__ import annotations

from harness.evidence import load
from harness.evidence.model import PreflightLine
from reports import html, markdown, terminal
from tests.evidence_samples import write_report

FOUND = (
    PreflightLine(check="pods", grade="pass", text="all 14 Ready"),
    PreflightLine(check="mesh", grade="warn", text="enrolled, but routes are <ignored>", hint="the run goes on"),
)


def test_pages_show_all_of_it_and_the_terminal_what_is_amiss(tmp_path):
    report = load(write_report(tmp_path, preflight=FOUND))
    assert report.header.preflight == FOUND
    assert "<dt>pods</dt>" in html.render(report)
    assert "warn: enrolled, but routes are &lt;ignored&gt;" in html.render(report)
    assert "| pods | all 14 Ready |" in markdown.render(report)
    assert "&lt;ignored&gt;" in markdown.render(report)
    text = terminal.summary(report)
    assert "Preflight:\n  mesh: warn: enrolled, but routes are <ignored>\n" in text
    assert "14 Ready" not in text


def test_without_one_nothing_is_said_of_it(tmp_path):
    report = load(write_report(tmp_path))
    assert "Preflight" not in html.render(report) + markdown.render(report) + terminal.summary(report)
