"""The list of all checks, as the page's script needs it to show rows and to filter. Pure.

Lists instead of mappings, and numbers instead of repeated names: ten thousand rows have to load at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.evidence.model import CheckRecord, Verdict
from harness.evidence.report import Report
from reports.blocks import reason
from reports.html.detail import TOLD
from reports.text import bounded, visible

_TEXT = 300  # characters of one text that can be searched
_LAST = len(TOLD) + 1


def ordered(report: Report) -> tuple[CheckRecord, ...]:
    """What wants attention first, in the order in which verdicts are told; the rest as planned."""
    ranks = {verdict: place for place, verdict in enumerate((*TOLD, Verdict.NOT_RUN))}
    return tuple(sorted(report.checks, key=lambda check: ranks.get(check.verdict, _LAST)))


def index(report: Report, checks: Sequence[CheckRecord]) -> dict[str, Any]:
    """Rows in the order of `checks`; a row names scenario and statements by their place in their lists."""
    scenarios = {one.id: place for place, one in enumerate(report.header.scenarios)}
    requirements = {name: place for place, name in enumerate(report.requirements)}
    return {
        "requirements": [[_short(one.id), _short(one.statement)] for one in report.requirements.values()],
        "scenarios": [
            [_short(one.id), _short(one.title), one.area, one.support, list(map(_short, one.features)), _short(one.why)]
            for one in report.header.scenarios
        ],
        "checks": [_row(check, scenarios[check.scenario], requirements) for check in checks],
    }


def _row(check: CheckRecord, scenario: int, requirements: dict[str, int]) -> list[Any]:
    """Scenario, name, verdict, kind, statements, the line below the name, and what else can be searched."""
    names = dict.fromkeys(one.id for one in check.proves)
    outcomes = (f"{one.outcome} {one.description}" for one in check.observed)
    more = (check.request, check.likely, check.expected, *outcomes)
    return [
        scenario,
        _short(check.check),
        check.verdict.value,
        check.kind.value if check.kind else "",
        [requirements[name] for name in names if name in requirements],
        _short(summary(check)),
        "\n".join(_short(text) for text in more if text),
    ]


def summary(check: CheckRecord) -> str:
    """What a row says below the name: why, where there is a why."""
    return reason(check) if check.verdict is not Verdict.PASS or check.reason else ""


def _short(text: str) -> str:
    return visible(bounded(text, _TEXT))
