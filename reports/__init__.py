"""From the evidence of a run to the files people and CI systems read."""

from __future__ import annotations

from pathlib import Path

from harness.evidence.report import Report
from reports import html, junit, markdown

_RENDERERS = (html, markdown, junit)


def render_all(report: Report) -> list[Path]:
    """Write every rendered file beside the report itself; returns the report's file and theirs."""
    directory = report.path.parent
    written = [report.path]
    for renderer in _RENDERERS:
        path = directory / renderer.FILE
        path.write_text(renderer.render(report), encoding="utf-8")
        written.append(path)
    return written
