"""One static HTML page that needs nothing else: no server, no script, no file beside it."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.evidence.report import Report
from harness.expectations.review import findings
from reports import features, quality, terminal
from reports.blocks import TOLD, blocks, headline, reason
from reports.facts import PREFLIGHT, facts, mesh_name, preflight
from reports.text import visible

FILE = "report.html"
_ENVIRONMENT = Environment(
    loader=PackageLoader("reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_ENVIRONMENT.filters["visible"] = lambda value: visible(str(value))
_ENVIRONMENT.filters["reason"] = reason


def render(report: Report) -> str:
    """The whole page; every value passes `visible` and the template's escaping."""
    told = report.with_verdict(*TOLD)
    return _ENVIRONMENT.get_template("report.html.j2").render(
        report=report,
        mesh=mesh_name(report),
        facts=facts(report),
        totals=terminal.totals(report),
        features=features.lists(report),
        expectations=findings(report.header.expectations, report.checks),
        expectations_heading=terminal.EXPECTATIONS,
        quality=quality.lines(report),
        quality_heading=quality.HEADING,
        preflight=preflight(report),
        preflight_heading=PREFLIGHT,
        told=[(check, headline(check), blocks(check)) for check in told],
        told_ids={check.id for check in told},
    )
