"""From the evidence of a run to the files people and CI systems read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from harness.evidence.report import Report
from reports import badge, conformance, html, junit, markdown, terminal
from reports.conformance import Upstream

Renderer = Callable[[Report], str]


def renderers(upstream: Upstream) -> Mapping[str, tuple[str, Renderer]]:
    """Format -> the name of its file, and what makes it of a report."""
    return {
        "html": (html.FILE, html.render),
        "markdown": (markdown.FILE, markdown.render),
        "junit": (junit.FILE, junit.render),
        "badge": (badge.FILE, badge.render),
        "shields": (badge.ENDPOINT_FILE, badge.endpoint),
        "conformance": (conformance.FILE, lambda report: conformance.render(report, upstream)),
        "text": ("", lambda report: terminal.summary(report) + "\n"),
    }


def render_all(report: Report, upstream: Upstream) -> list[Path]:
    """Write every format that has a file beside the report itself; returns the report's file and theirs."""
    written = [report.path]
    for name, render in renderers(upstream).values():
        if name:
            path = report.path.parent / name
            path.write_text(render(report), encoding="utf-8")
            written.append(path)
    return written
