"""Badges: a small SVG of our own, and the JSON by which shields.io draws one. They count, and claim nothing."""

from __future__ import annotations

import json
from html import escape

from harness.evidence.model import Verdict
from harness.evidence.report import Report
from reports.facts import gateway_api
from reports.text import short

FILE = "badge.svg"
ENDPOINT_FILE = "badge.json"
#: Names of shields.io's colours, and what they are in the SVG: white text on each has a contrast of 4.5:1 or more.
_COLOURS = {
    "red": "#b3362b",
    "lightgrey": "#6a6a6a",
    "orange": "#a8520b",
    "yellow": "#856404",
    "brightgreen": "#2a7a2d",
}
_LABEL_COLOUR = "#474747"
_CHAR = 6.6  # pixels of a character of 11 px Verdana, about
_LONGEST = 60


def endpoint(report: Report) -> str:
    """The JSON for ``https://img.shields.io/endpoint?url=...``."""
    message, colour = told(report)
    fields = {"schemaVersion": 1, "label": label(report), "message": message, "color": colour}
    return json.dumps(fields, indent=2) + "\n"


def render(report: Report) -> str:
    """The badge as SVG: the same words, no reference to anything else."""
    message, colour = told(report)
    left, right = (round(len(text) * _CHAR) + 12 for text in (label(report), message))
    name = escape(f"{label(report)}: {message}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{name}">'
        f"<title>{name}</title>"
        f'<rect width="{left + right}" height="20" rx="3" fill="{_COLOURS[colour]}"/>'
        f'<path d="M3 0h{left - 3}v20h-{left - 3}a3 3 0 0 1-3-3v-14a3 3 0 0 1 3-3z" fill="{_LABEL_COLOUR}"/>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f"{_text(label(report), 6, left - 12)}{_text(message, left + 6, right - 12)}</g></svg>\n"
    )


def _text(text: str, x: int, width: int) -> str:
    return f'<text x="{x}" y="14" textLength="{width}" lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'


def label(report: Report) -> str:
    """``GAMMA v1.6.1``: of which version of the API the rest is told."""
    return short(f"GAMMA {gateway_api(report, 'version')}".rstrip(), _LONGEST)


def told(report: Report) -> tuple[str, str]:
    """Message and colour: the worst thing there is to say, and how many checks passed."""
    counts = report.counts
    failed = counts.get(Verdict.FAIL, 0) + counts.get(Verdict.XPASS, 0)
    unseen = counts.get(Verdict.ERROR, 0) + counts.get(Verdict.NOT_RUN, 0)
    known, deviations = counts.get(Verdict.XFAIL, 0), counts.get(Verdict.DEVIATION, 0)
    passed = f"{counts.get(Verdict.PASS, 0)} passed"
    if failed:
        return f"{failed} failed, {passed}", "red"
    if not report.footer.complete:
        return "incomplete run", "lightgrey"
    if unseen:
        return f"{unseen} not judged, {passed}", "lightgrey"
    if known:
        return f"{known} known to fail, {passed}", "orange"
    if deviations:
        return f"{deviations} deviations, {passed}" if deviations > 1 else f"1 deviation, {passed}", "yellow"
    return passed, "brightgreen" if counts.get(Verdict.PASS) else "lightgrey"
