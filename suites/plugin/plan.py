"""The header's plan: what the selected scenarios promise to prove."""

from __future__ import annotations

import hashlib
from pathlib import Path

from harness.evidence.model import PlannedCheck, PlannedScenario
from harness.evidence.quote import quote
from harness.scenario import features_needed, support_level
from harness.scenario.model import Judged, Scenario
from suites.plugin.options import ROOT


def plan(scenario: Scenario) -> PlannedScenario:
    """One scenario as it goes into the header."""
    file = Path(scenario.mark.file)
    return PlannedScenario(
        id=scenario.id,
        area=scenario.area,
        title=scenario.title,
        why=scenario.why,
        file=relative(file),
        digest=hashlib.sha256(file.read_bytes()).hexdigest(),
        support=support_level(scenario),
        features=tuple(sorted(features_needed(scenario))),
        checks=tuple(_check(scenario, check) for check in scenario.checks),
    )


def _check(scenario: Scenario, check: Judged) -> PlannedCheck:
    return PlannedCheck(id=f"{scenario.id}/{check.id}", line=check.mark.line, proves=quote(check.proves))


def relative(file: Path) -> str:
    """The file as a reader knows it: relative to the project where it lies inside."""
    absolute = file.resolve()
    return str(absolute.relative_to(ROOT)) if ROOT in absolute.parents else str(file)
